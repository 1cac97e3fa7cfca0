/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Names that the C of scripts may use, as it could in a file for bcc or libbpf. Only the preprocessor
 * sees them: what is compiled has none left.
 */
#define NULL ((void *)0)
#define true 1
#define false 0
#define __always_inline inline __attribute__((always_inline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define offsetof(type, member) __builtin_offsetof(type, member)

/* Of linux/ip.h, linux/tcp.h, linux/skbuff.h and their like, which need not be included. */
#define eth_hdr(skb) ((struct ethhdr *)((skb)->head + (skb)->mac_header))
#define ip_hdr(skb) ((struct iphdr *)((skb)->head + (skb)->network_header))
#define ipv6_hdr(skb) ((struct ipv6hdr *)((skb)->head + (skb)->network_header))
#define tcp_hdr(skb) ((struct tcphdr *)((skb)->head + (skb)->transport_header))
#define udp_hdr(skb) ((struct udphdr *)((skb)->head + (skb)->transport_header))
#define icmp_hdr(skb) ((struct icmphdr *)((skb)->head + (skb)->transport_header))
#define skb_mac_header(skb) ((skb)->head + (skb)->mac_header)
#define skb_network_header(skb) ((skb)->head + (skb)->network_header)
#define skb_transport_header(skb) ((skb)->head + (skb)->transport_header)
#define skb_end_pointer(skb) ((skb)->head + (skb)->end)
#define skb_shinfo(skb) ((struct skb_shared_info *)((skb)->head + (skb)->end))
#define tcp_sk(sk) ((struct tcp_sock *)(sk))
#define udp_sk(sk) ((struct udp_sock *)(sk))
#define inet_sk(sk) ((struct inet_sock *)(sk))
#define inet_csk(sk) ((struct inet_connection_sock *)(sk))

/* Reads are made safe wherever they stand. */
#define _(x) (x)

#define bpf_probe_read nc_c_probe_read_kernel
#define bpf_probe_read_kernel nc_c_probe_read_kernel
#define bpf_probe_read_kernel_str nc_c_probe_read_kernel_str
#define bpf_probe_read_str nc_c_probe_read_kernel_str
#define bpf_probe_read_user nc_c_probe_read_user
#define bpf_probe_read_user_str nc_c_probe_read_user_str
#define bpf_ktime_get_ns nc_c_ktime_get_ns
#define bpf_ktime_get_boot_ns nc_c_ktime_get_boot_ns
#define bpf_jiffies64 nc_c_jiffies64
#define bpf_get_prandom_u32 nc_c_get_prandom_u32
#define bpf_get_smp_processor_id nc_c_get_smp_processor_id
#define bpf_get_numa_node_id nc_c_get_numa_node_id
#define bpf_get_current_pid_tgid nc_c_get_current_pid_tgid
#define bpf_get_current_uid_gid nc_c_get_current_uid_gid
#define bpf_get_current_comm nc_c_get_current_comm
#define bpf_get_current_task nc_c_get_current_task
#define bpf_get_current_cgroup_id nc_c_get_current_cgroup_id

/* A line in the kernel's trace_pipe, with three values at most. */
#define bpf_trace_printk(format, ...)                                                             \
	({                                                                                         \
		static const char format_[] = format;                                              \
		nc_c_trace_printk(format_, sizeof(format_), ##__VA_ARGS__);                        \
	})
#define bpf_printk bpf_trace_printk

/* From any memory. */
#define memcpy(to, from, size) nc_c_probe_read_kernel(to, size, from)
#define __builtin_memcpy(to, from, size) nc_c_probe_read_kernel(to, size, from)
#define memset __builtin_memset

/* Both eBPF and what it runs on here are little endian. */
#define ntohs(x) __builtin_bswap16(x)
#define htons(x) __builtin_bswap16(x)
#define ntohl(x) __builtin_bswap32(x)
#define htonl(x) __builtin_bswap32(x)
#define bpf_ntohs(x) __builtin_bswap16(x)
#define bpf_htons(x) __builtin_bswap16(x)
#define bpf_ntohl(x) __builtin_bswap32(x)
#define bpf_htonl(x) __builtin_bswap32(x)
#define be16_to_cpu(x) __builtin_bswap16(x)
#define be32_to_cpu(x) __builtin_bswap32(x)
#define be64_to_cpu(x) __builtin_bswap64(x)
#define cpu_to_be16(x) __builtin_bswap16(x)
#define cpu_to_be32(x) __builtin_bswap32(x)
#define cpu_to_be64(x) __builtin_bswap64(x)

/* What BTF does not have, beside what scripts can name: linux/if_ether.h, linux/if.h, net/ip.h, … */
#define ETH_ALEN 6
#define ETH_HLEN 14
#define VLAN_HLEN 4
#define IFNAMSIZ 16
#define TASK_COMM_LEN 16
#define IP_CE 0x8000
#define IP_DF 0x4000
#define IP_MF 0x2000
#define IP_OFFSET 0x1fff
#define ARPHRD_ETHER 1
#define ARPHRD_LOOPBACK 772
#define PACKET_HOST 0
#define PACKET_BROADCAST 1
#define PACKET_MULTICAST 2
#define PACKET_OTHERHOST 3
#define PACKET_OUTGOING 4
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
