/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the kernel knows of a packet that is on its way out: between which ends it travels, of its socket
 * and of the flow that an argument is, and the device that it will leave by. NC_FLOW_FAMILY is 4 or 6
 * where the flow's type says so, 0 where the socket does.
 */
#ifndef NETCAP_ENDS_H
#define NETCAP_ENDS_H

#include "kernel.h"
#include "layers.h"
#include "reads.h"

#define NC_PROTO_TCP 6
#define NC_PROTO_UDP 17
#define NC_PROTO_UDPLITE 136

#define NC_AF_INET 2
#define NC_AF_INET6 10
#define NC_TCP_TIME_WAIT 6
#define NC_TCP_NEW_SYN_RECV 12

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct in6_addr___nc {
	u32 words[4];
};

struct inet___nc {
	u8 sysctl_ip_default_ttl; /* an int until 5.18: its lowest byte */
};

struct net___nc_ttl {
	struct inet___nc ipv4;
};

typedef struct {
	struct net___nc_ttl *net;
} nc_net_t;

struct sock_common___nc {
	u32 skc_daddr; /* big endian, as all but skc_num */
	u32 skc_rcv_saddr;
	u16 skc_dport;
	u16 skc_num;
	u16 skc_family;
	u8 skc_state;
	struct in6_addr___nc skc_v6_daddr;
	struct in6_addr___nc skc_v6_rcv_saddr;
	nc_net_t skc_net;
};

struct sock___nc {
	struct sock_common___nc __sk_common;
	struct dst_entry___nc *sk_dst_cache;
	u16 sk_protocol; /* a bit field until 5.5 */
};

struct ipv6_pinfo___nc {
	struct in6_addr___nc saddr;
	s16 hop_limit; /* a bit field until 6.7 */
};

struct inet_sock___nc {
	struct ipv6_pinfo___nc *pinet6;
	u32 inet_saddr;
	s16 uc_ttl;
	u16 inet_sport;
	u8 tos;
};

struct tcp_options_received___nc {
	u16 rcv_wscale : 4;
};

struct tcp_sock___nc {
	u32 rcv_nxt;
	u32 rcv_wnd;
	struct tcp_options_received___nc rx_opt;
};

struct tcp_skb_cb___nc {
	u32 seq;
	u8 tcp_flags; /* 16 bits from 6.16 on: the lowest eight */
};

struct dst_entry___nc {
	struct net_device *dev;
};

struct net_device___nc {
	u8 *dev_addr;
};

struct sk_buff___nc {
	u16 transport_header;
	struct sock___nc *sk;
	unsigned long _skb_refdst;
	char cb[48];
};

struct nc_ports___nc {
	u16 dport;
	u16 sport;
};

union flowi_uli___nc {
	struct nc_ports___nc ports;
};

struct flowi4___nc {
	u32 saddr;
	u32 daddr;
	union flowi_uli___nc uli;
};

struct flowi6___nc {
	struct in6_addr___nc daddr;
	struct in6_addr___nc saddr;
	union flowi_uli___nc uli;
};

#pragma clang attribute pop

/* A number of any width, or in bits of a byte. */
#define nc_number_of(address, type, field)                                                        \
	({                                                                                         \
		u64 number_;                                                                       \
                                                                                                   \
		nc_read_bits((u64)(address), type, field, false, &number_);                        \
		number_;                                                                           \
	})

/* What the packet is on its way from and to: addresses and ports are big endian. */
struct nc_ends {
	u32 family; /* 4 or 6; 0: not known */
	u32 proto;
	u32 ttl;
	u32 tos;
	u32 from[4]; /* IPv4: the first */
	u32 to[4];
	u16 sport;
	u16 dport;
};

static __always_inline bool nc_is_full(u64 sock)
{
	u8 state = nc_read(sock, struct sock___nc, __sk_common.skc_state);

	return state != NC_TCP_TIME_WAIT && state != NC_TCP_NEW_SYN_RECV;
}

static __always_inline u32 nc_default_ttl(u64 sock)
{
	u64 net = (u64)nc_read(sock, struct sock___nc, __sk_common.skc_net.net);
	u32 ttl = net ? nc_read(net, struct net___nc_ttl, ipv4.sysctl_ip_default_ttl) : 0;

	return ttl ? ttl : 64;
}

static __always_inline void nc_ends_of_sock(struct nc_ends *ends, u64 sock)
{
	u16 family = nc_read(sock, struct sock___nc, __sk_common.skc_family);
	bool is_full = nc_is_full(sock);
	u64 info;

	if (family != NC_AF_INET && family != NC_AF_INET6)
		return;
	ends->proto = is_full ? nc_number_of(sock, struct sock___nc, sk_protocol) : NC_PROTO_TCP;
	ends->ttl = nc_default_ttl(sock);
	ends->dport = nc_read(sock, struct sock___nc, __sk_common.skc_dport);
	if (is_full) {
		s16 ttl = nc_read(sock, struct inet_sock___nc, uc_ttl);

		ends->sport = nc_read(sock, struct inet_sock___nc, inet_sport);
		ends->tos = nc_read(sock, struct inet_sock___nc, tos);
		if (ttl > 0)
			ends->ttl = ttl;
	}
	if (!ends->sport)
		ends->sport = nc_swap16(nc_read(sock, struct sock___nc, __sk_common.skc_num));
	if (family == NC_AF_INET6) {
		ends->family = 6;
		bpf_probe_read_kernel(ends->to, sizeof(ends->to),
				      __builtin_preserve_access_index(
					      &((struct sock___nc *)sock)->__sk_common.skc_v6_daddr));
		/* IPv4 by a socket of IPv6 */
		if (!ends->to[0] && !ends->to[1] && ends->to[2] == __builtin_bswap32(0xffff))
			family = NC_AF_INET;
	}
	if (family == NC_AF_INET) {
		ends->family = 4;
		ends->to[0] = nc_read(sock, struct sock___nc, __sk_common.skc_daddr);
		ends->from[0] = nc_read(sock, struct sock___nc, __sk_common.skc_rcv_saddr);
		if (!ends->from[0] && is_full)
			ends->from[0] = nc_read(sock, struct inet_sock___nc, inet_saddr);
		return;
	}
	bpf_probe_read_kernel(ends->from, sizeof(ends->from),
			      __builtin_preserve_access_index(
				      &((struct sock___nc *)sock)->__sk_common.skc_v6_rcv_saddr));
	info = is_full ? (u64)nc_read(sock, struct inet_sock___nc, pinet6) : 0;
	if (info) {
		u64 limit = nc_number_of(info, struct ipv6_pinfo___nc, hop_limit);

		/* -1, in 9 bits or 16: as the device says */
		if (limit - 1 < 255)
			ends->ttl = limit;
		if (!(ends->from[0] | ends->from[1] | ends->from[2] | ends->from[3]))
			bpf_probe_read_kernel(ends->from, sizeof(ends->from),
					      __builtin_preserve_access_index(
						      &((struct ipv6_pinfo___nc *)info)->saddr));
	}
}

/* What the flow says, which is what the packet is sent by. */
static __always_inline void nc_ends_of_flow(struct nc_ends *ends, u64 flow)
{
	u32 family = NC_FLOW_FAMILY ? NC_FLOW_FAMILY : ends->family;

	if (family == 4) {
		u32 to = nc_read(flow, struct flowi4___nc, daddr);

		if (!to)
			return;
		ends->to[0] = to;
		ends->from[0] = nc_read(flow, struct flowi4___nc, saddr);
		ends->dport = nc_read(flow, struct flowi4___nc, uli.ports.dport);
		ends->sport = nc_read(flow, struct flowi4___nc, uli.ports.sport);
	} else if (family == 6) {
		u32 to[4] = {};

		bpf_probe_read_kernel(to, sizeof(to),
				      __builtin_preserve_access_index(
					      &((struct flowi6___nc *)flow)->daddr));
		if (!(to[0] | to[1] | to[2] | to[3]))
			return;
		__builtin_memcpy(ends->to, to, sizeof(to));
		bpf_probe_read_kernel(ends->from, sizeof(ends->from),
				      __builtin_preserve_access_index(
					      &((struct flowi6___nc *)flow)->saddr));
		ends->dport = nc_read(flow, struct flowi6___nc, uli.ports.dport);
		ends->sport = nc_read(flow, struct flowi6___nc, uli.ports.sport);
	}
	ends->family = family;
}

/* The device that the packet will leave by, 0 where that is not known. */
static __always_inline u64 nc_device_ahead(u64 skb, u64 sock, bool is_queued)
{
	u64 dst;

	if (!is_queued) {
		u64 dev = (u64)nc_read(skb, struct sk_buff, dev);

		if (dev)
			return dev;
		/* The lowest bit says who counts references. */
		dst = nc_read(skb, struct sk_buff___nc, _skb_refdst) & ~1ULL;
		if (dst)
			return (u64)nc_read(dst, struct dst_entry___nc, dev);
	}
	if (!sock || !nc_is_full(sock))
		return 0;
	dst = (u64)nc_read(sock, struct sock___nc, sk_dst_cache);
	return dst ? (u64)nc_read(dst, struct dst_entry___nc, dev) : 0;
}

static __always_inline bool nc_is_ethernet(u64 dev)
{
	u16 type = nc_read(dev, struct net_device, type);

	return nc_is_ethernet_type(type);
}

/* nc_offloaded_vlan() of an skb that is a number to the verifier. */
static __always_inline u32 nc_tag_of(u64 skb)
{
	u32 protocol;

	if (nc_field_exists(((struct sk_buff___vlan_all *)0)->vlan_all)) {
		if (!nc_read(skb, struct sk_buff___vlan_all, vlan_all))
			return 0;
	} else if (!nc_number_of(skb, struct sk_buff___vlan_present, vlan_present)) {
		return 0;
	}
	protocol = nc_swap16(nc_read(skb, struct sk_buff, vlan_proto));
	return protocol << 16 | nc_read(skb, struct sk_buff, vlan_tci);
}

#endif
