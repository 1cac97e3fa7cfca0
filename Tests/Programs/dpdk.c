// A DPDK program that hands packets from function to function, over and over, until it is ended. What it
// does is compared in ProgramPacketTests.
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_udp.h>
#include <stdio.h>
#include <sys/sdt.h>
#include <unistd.h>

enum { burst_size = 3, large_burst_size = 512, header_size = 42 };

__attribute__((noinline)) void finish_one(struct rte_mbuf *packet)
{
	__asm__ volatile("" : : "r"(packet) : "memory");
}

__attribute__((noinline)) void handle_one(struct rte_mbuf *packet, int number)
{
	DTRACE_PROBE2(netcap_dpdk, one, packet, number);
	finish_one(packet);
	__asm__ volatile("" : : "r"(packet), "r"(number) : "memory");
}

__attribute__((noinline)) int handle_burst(int queue, struct rte_mbuf **packets, uint16_t count)
{
	DTRACE_PROBE3(netcap_dpdk, burst, queue, packets, count);
	__asm__ volatile("" : : "r"(packets), "r"(count) : "memory");
	return count;
}

// A UDP datagram from 10.9.1.1 to 10.9.1.2, with as many bytes of payload.
static struct rte_mbuf *datagram(struct rte_mempool *pool, uint16_t port, uint16_t payload)
{
	struct rte_mbuf *packet = rte_pktmbuf_alloc(pool);
	char *bytes = rte_pktmbuf_append(packet, header_size + payload);
	struct rte_ether_hdr *ethernet = (struct rte_ether_hdr *)bytes;
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(ethernet + 1);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);

	memset(bytes, 0, header_size);
	memset(bytes + header_size, 'x', payload);
	ethernet->ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = rte_cpu_to_be_16(28 + payload);
	ip->time_to_live = 64;
	ip->next_proto_id = IPPROTO_UDP;
	ip->src_addr = rte_cpu_to_be_32(RTE_IPV4(10, 9, 1, 1));
	ip->dst_addr = rte_cpu_to_be_32(RTE_IPV4(10, 9, 1, 2));
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	udp->src_port = rte_cpu_to_be_16(1000);
	udp->dst_port = rte_cpu_to_be_16(port);
	udp->dgram_len = rte_cpu_to_be_16(8 + payload);
	return packet;
}

// The same in two segments, the second of which begins within the payload.
static struct rte_mbuf *in_segments(struct rte_mempool *pool, uint16_t port)
{
	struct rte_mbuf *packet = datagram(pool, port, 400);
	struct rte_mbuf *rest = rte_pktmbuf_alloc(pool);

	memset(rte_pktmbuf_append(rest, 300), 'y', 300);
	((struct rte_ipv4_hdr *)rte_pktmbuf_mtod_offset(packet, char *, 14))->total_length =
		rte_cpu_to_be_16(28 + 700);
	rte_pktmbuf_chain(packet, rest);
	return packet;
}

int main(int count, char **arguments)
{
	struct rte_eth_conf settings = {};
	struct rte_mbuf *packets[large_burst_size];
	struct rte_mempool *pool;

	if (rte_eal_init(count, arguments) < 0) return 1;
	pool = rte_pktmbuf_pool_create("packets", 2047, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (!pool || rte_eth_dev_configure(0, 1, 1, &settings) ||
	    rte_eth_rx_queue_setup(0, 0, 64, SOCKET_ID_ANY, NULL, pool) ||
	    rte_eth_tx_queue_setup(0, 0, 64, SOCKET_ID_ANY, NULL) || rte_eth_dev_start(0))
		return 2;
	puts("ready");
	fflush(stdout);
	for (int round = 0;; round++) {
		struct rte_mbuf *packet = datagram(pool, 9030, 10);
		uint16_t received;

		handle_one(packet, round);
		rte_pktmbuf_free(packet);
		for (uint16_t i = 0; i < burst_size; i++)
			packets[i] = i == 1 ? in_segments(pool, 9031 + i) : datagram(pool, 9031 + i, 20);
		handle_burst(7, packets, burst_size);
		rte_pktmbuf_free_bulk(packets, burst_size);
		handle_burst(7, packets, 0);
		for (int i = 0; i < large_burst_size; i++) packets[i] = datagram(pool, 9040, 1);
		handle_burst(8, packets, large_burst_size);
		// What the null device takes it also frees, and what it has are zeros.
		rte_eth_tx_burst(0, 0, packets, 32);
		for (int i = 32; i < large_burst_size; i++) rte_pktmbuf_free(packets[i]);
		received = rte_eth_rx_burst(0, 0, packets, 32);
		handle_burst(9, packets, received);
		rte_pktmbuf_free_bulk(packets, received);
		usleep(200000);
	}
}
