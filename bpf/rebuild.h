/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Headers that a packet does not have yet, on its way out: what is missing is made of its socket, and of
 * the flow that an argument is. Included where the generated text defines NC_REBUILDS; NC_FLOW_FAMILY is 4
 * or 6 where the flow's type says so, 0 where the socket does.
 *
 * header that is set          what is made
 * MAC                         nothing
 * network                     Ethernet; lengths that are not filled in yet, and UDP's header
 * transport, at skb->data     Ethernet, IP
 * none of them                Ethernet, IP, TCP or UDP
 *
 * What cannot be known is as the kernel would most likely have it (TTL), or zero: the identification,
 * checksums above IP, the destination's hardware address. There is no Ethernet header where the device is
 * none of Ethernet's.
 *
 * The headers are made in the first bytes of the window. struct nc_packet is then what follows them:
 * start and linear begin behind them, len counts them.
 */
#ifndef NETCAP_REBUILD_H
#define NETCAP_REBUILD_H

#include "layers.h"
#include "reads.h"

#define NC_IP4_LEN 20
#define NC_IP6_LEN 40
#define NC_TCP_LEN 20
#define NC_UDP_LEN 8

#define NC_PROTO_TCP 6
#define NC_PROTO_UDP 17
#define NC_PROTO_UDPLITE 136

#define NC_AF_INET 2
#define NC_AF_INET6 10
#define NC_TCP_TIME_WAIT 6
#define NC_TCP_NEW_SYN_RECV 12
#define NC_TCP_SYN 2

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

/* Bytes anywhere in memory of ours. */
#define nc_put8(to, value) (*(to) = (value))
#define nc_put16(to, value) (*(nc_any_u16 *)(to) = (value))
#define nc_put32(to, value) (*(nc_any_u32 *)(to) = (value))

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

	return type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK;
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

/* Sixteen bits of the window, big endian there. */
static __always_inline u32 nc_made16(const struct nc_scratch *s, u64 at)
{
	const u8 *window = (const u8 *)s->window;

	nc_cap(at, NC_REBUILT_MAX - 2);
	return (u32)window[at] << 8 | window[at + 1];
}

/* The checksum of an IPv4 header in the window, as a number. Global: its loop is verified once. */
__noinline u32 nc_ip_checksum(u32 level, u32 at, u32 len)
{
	struct nc_scratch *s = nc_scratch_at(level);
	u32 sum = 0;

	if (!s)
		return 0;
	for (u32 i = 0; i < 30; i++) {
		if (2 * i >= len)
			break;
		sum += nc_made16(s, (u64)at + 2 * i);
	}
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* An Ethernet header, with the tag that the device would have put there; returns its length. */
__noinline u32 nc_make_ethernet(u32 level, u64 skb, u64 dev, u32 type)
{
	struct nc_scratch *s = nc_scratch_at(level);
	u64 address;
	u32 vlan;
	u8 *to;

	if (!s)
		return 0;
	to = (u8 *)s->window;
	__builtin_memset(to, 0, NC_ETHERNET_LEN);
	if (dev) {
		address = (u64)nc_read(dev, struct net_device___nc, dev_addr);
		if (bpf_probe_read_kernel(to + 6, 6, (void *)address))
			__builtin_memset(to + 6, 0, 6);
	}
	vlan = nc_tag_of(skb);
	if (!vlan) {
		nc_put16(to + NC_VLAN_AT, nc_swap16(type));
		return NC_ETHERNET_LEN;
	}
	nc_put32(to + NC_VLAN_AT, __builtin_bswap32(vlan));
	nc_put16(to + NC_VLAN_AT + NC_VLAN_LEN, nc_swap16(type));
	return NC_ETHERNET_LEN + NC_VLAN_LEN;
}

/* An IP header; returns its length. How long the packet is is written into it later. */
static __always_inline u32 nc_make_ip(u8 *to, const struct nc_ends *ends)
{
	if (ends->family == 4) {
		nc_put32(to, __builtin_bswap32(0x45000000 | (ends->tos & 255) << 16));
		nc_put32(to + 4, __builtin_bswap32(0x4000)); /* as what netcap sees is mostly sent: DF */
		nc_put8(to + 8, ends->ttl);
		nc_put8(to + 9, ends->proto);
		nc_put16(to + 10, 0);
		nc_put32(to + 12, ends->from[0]);
		nc_put32(to + 16, ends->to[0]);
		return NC_IP4_LEN;
	}
	nc_put32(to, __builtin_bswap32(0x60000000));
	nc_put16(to + 4, 0);
	nc_put8(to + 6, ends->proto);
	nc_put8(to + 7, ends->ttl);
	for (u32 i = 0; i < 4; i++) {
		nc_put32(to + 8 + 4 * i, ends->from[i]);
		nc_put32(to + 24 + 4 * i, ends->to[i]);
	}
	return NC_IP6_LEN;
}

/* TCP's header, of what the kernel has noted of the segment. */
static __always_inline u32 nc_make_tcp(u8 *to, const struct nc_ends *ends, u64 skb, u64 sock)
{
	u64 noted = (u64)__builtin_preserve_access_index(&((struct sk_buff___nc *)skb)->cb);
	u8 flags = nc_read(noted, struct tcp_skb_cb___nc, tcp_flags);
	u32 window = 0, ack = 0;

	if (nc_is_full(sock)) {
		ack = nc_read(sock, struct tcp_sock___nc, rcv_nxt);
		window = nc_read(sock, struct tcp_sock___nc, rcv_wnd);
		if (!(flags & NC_TCP_SYN))
			window >>= nc_number_of(sock, struct tcp_sock___nc, rx_opt.rcv_wscale) & 15;
		if (window > 0xffff)
			window = 0xffff;
	}
	nc_put16(to, ends->sport);
	nc_put16(to + 2, ends->dport);
	nc_put32(to + 4, __builtin_bswap32(nc_read(noted, struct tcp_skb_cb___nc, seq)));
	nc_put32(to + 8, flags & 16 ? __builtin_bswap32(ack) : 0);
	nc_put8(to + 12, NC_TCP_LEN / 4 << 4);
	nc_put8(to + 13, flags);
	nc_put16(to + 14, nc_swap16(window));
	nc_put32(to + 16, 0);
	return NC_TCP_LEN;
}

static __always_inline u32 nc_make_udp(u8 *to, const struct nc_ends *ends, u32 len)
{
	nc_put16(to, ends->sport);
	nc_put16(to + 2, ends->dport);
	nc_put16(to + 4, len > 0xffff ? 0 : nc_swap16(len));
	nc_put16(to + 6, 0);
	return NC_UDP_LEN;
}

/* What there is of the packet already, as offsets from skb->head. */
struct nc_present {
	u64 head;
	u32 network;   /* of the IP header */
	u32 ip_len;    /* of that header; 0: there is none */
	u32 version;   /* 4, 6 */
	u32 proto;     /* behind it */
	u32 data_at;
	u32 transport;
	u32 end_at;
	u32 linear_at;
};

static __always_inline void nc_look_at(struct nc_present *p, const struct nc_packet *packet, u64 skb)
{
	u8 first[10];

	p->head = (u64)nc_read(skb, struct sk_buff, head);
	p->data_at = (u64)nc_read(skb, struct sk_buff, data) - p->head;
	p->transport = nc_read(skb, struct sk_buff___nc, transport_header);
	p->end_at = p->data_at + nc_read(skb, struct sk_buff, len);
	p->linear_at = p->end_at - nc_read(skb, struct sk_buff, data_len);
	p->ip_len = 0;
	if (!packet->len || packet->linear < NC_IP4_LEN ||
	    bpf_probe_read_kernel(first, sizeof(first), (void *)packet->start))
		return;
	p->network = packet->start_at;
	p->version = first[0] >> 4;
	if (p->version == 4 && (first[0] & 15) >= 5) {
		p->ip_len = 4 * (first[0] & 15);
		p->proto = first[9];
	} else if (p->version == 6 && packet->linear >= NC_IP6_LEN) {
		p->ip_len = NC_IP6_LEN;
		p->proto = first[6];
	}
}

/* Whether the header of a datagram that is not at its device yet has been written. */
static __always_inline bool nc_has_udp(const struct nc_present *p, const struct nc_ends *ends)
{
	u16 fields[3] = {};

	bpf_probe_read_kernel(fields, sizeof(fields), (void *)(p->head + p->transport));
	return fields[0] == ends->sport && (!ends->dport || fields[1] == ends->dport) &&
	       nc_swap16(fields[2]) == (u16)(p->end_at - p->transport);
}

/* Whether the IP header says how long its packet is. */
static __always_inline bool nc_has_length(const struct nc_present *p)
{
	u32 len = p->end_at - p->network;
	u16 field = 0;

	bpf_probe_read_kernel(&field, sizeof(field),
			      (void *)(p->head + p->network + (p->version == 4 ? 2 : 4)));
	return nc_swap16(field) == (u16)(p->version == 4 ? len : len - NC_IP6_LEN);
}

/*
 * Makes what the packet in the scratch memory of this level lacks. `sock` and `flow` are arguments of
 * the probed function, 0 where it has none. Returns what has been made, NC_EVENT_MADE_*.
 */
__noinline u32 nc_rebuild(u32 level, u64 skb, u64 sock, u64 flow)
{
	struct nc_scratch *s = nc_scratch_at(level);
	struct nc_ends ends = {};
	struct nc_present p = {};
	bool has_ip, has_upper = true, keeps_ip, is_queued;
	u64 at = 0, ip_at, dev;
	u32 rest_at, made = 0, len, upper_len = 0, link = NC_LINK_NONE;
	u8 *window;

	if (!s || !skb || (s->packet.len && s->packet.link == NC_LINK_ETHERNET))
		return 0;
	window = (u8 *)s->window;
	nc_look_at(&p, &s->packet, skb);
	has_ip = p.ip_len;
	if (!sock)
		sock = (u64)nc_read(skb, struct sk_buff___nc, sk);
	if (sock)
		nc_ends_of_sock(&ends, sock);
	if (flow)
		nc_ends_of_flow(&ends, flow);

	keeps_ip = has_ip;
	rest_at = has_ip ? p.network : p.data_at;
	if (has_ip && p.data_at == p.network && !nc_read(skb, struct sk_buff, dev)) {
		/* IP has not sent it yet: what it fills in last may be missing. */
		if ((p.proto == NC_PROTO_UDP || p.proto == NC_PROTO_UDPLITE) && ends.family &&
		    p.transport == p.network + p.ip_len &&
		    p.transport + NC_UDP_LEN <= p.linear_at)
			has_upper = nc_has_udp(&p, &ends);
		keeps_ip = has_upper && nc_has_length(&p);
	} else if (!has_ip) {
		if (!ends.family)
			return 0;
		p.version = ends.family;
		has_upper = p.transport == p.data_at;
		if (!has_upper && ends.proto != NC_PROTO_TCP && ends.proto != NC_PROTO_UDP &&
		    ends.proto != NC_PROTO_UDPLITE)
			return 0;
	}
	/* In a queue of TCP's, where the device would be there is something else. */
	is_queued = !has_ip && !has_upper;
	dev = nc_device_ahead(skb, sock, is_queued);
	if (!dev || nc_is_ethernet(dev)) {
		at = nc_make_ethernet(level, skb, dev, p.version == 4 ? NC_TYPE_IP : NC_TYPE_IP6);
		nc_cap(at, NC_ETHERNET_LEN + NC_VLAN_LEN);
		link = NC_LINK_ETHERNET;
		made |= NC_EVENT_MADE_ETHERNET;
	}
	ip_at = at;
	if (!keeps_ip) {
		u64 ip_len;

		if (has_ip) {
			ip_len = p.ip_len;
			nc_cap(ip_len, 60);
			if (bpf_probe_read_kernel(window + at, ip_len,
						  (void *)(p.head + p.network)))
				return 0;
			rest_at = p.network + p.ip_len;
		} else {
			ip_len = nc_make_ip(window + at, &ends);
		}
		made |= NC_EVENT_MADE_NETWORK;
		at += ip_len;
		if (!has_upper) {
			if (has_ip)
				rest_at += NC_UDP_LEN;
			nc_cap(at, NC_REBUILT_MAX - NC_TCP_LEN);
			if (!has_ip && ends.proto == NC_PROTO_TCP)
				upper_len = nc_make_tcp(window + at, &ends, skb, sock);
			else
				upper_len = nc_make_udp(window + at, &ends,
							NC_UDP_LEN + p.end_at - rest_at);
			made |= NC_EVENT_MADE_TRANSPORT;
		}
		len = ip_len + upper_len + p.end_at - rest_at;
		if (p.version == 6)
			len -= NC_IP6_LEN;
		if (len > 0xffff)
			len = 0; /* as in a packet that is cut later, or a jumbogram */
		nc_put16(window + ip_at + (p.version == 4 ? 2 : 4), nc_swap16(len));
		if (p.version == 4) {
			nc_put16(window + ip_at + 10, 0);
			nc_put16(window + ip_at + 10,
				 nc_swap16(nc_ip_checksum(level, ip_at, ip_len)));
		}
		at += upper_len;
	}
	if (!made || rest_at > p.linear_at)
		return 0;
	s->packet.skb = skb;
	s->packet.start = p.head + rest_at;
	s->packet.start_at = rest_at;
	s->packet.linear = p.linear_at - rest_at;
	s->packet.len = at + p.end_at - rest_at;
	s->packet.vlan = 0;
	s->packet.link = link;
	s->packet.made = made;
	s->packet.made_len = at;
	s->packet.made_type = p.version == 4 ? NC_TYPE_IP : NC_TYPE_IP6;
	return made;
}

/* Where C finds the packet's bytes, as a number: those of the window, if they begin with headers made. */
static __always_inline u64 nc_made_bytes(const struct nc_run *run)
{
	const void *volatile place = run->s->window;
	u64 number = 0;

	if (!run->s->packet.made_len)
		return run->s->packet.start;
	bpf_probe_read_kernel(&number, sizeof(number), (const void *)&place);
	return number;
}

/* And how many there are. */
static __always_inline u32 nc_made_bytes_len(const struct nc_run *run)
{
	return run->s->packet.made_len ? run->s->window_len : run->s->packet.len;
}

#endif
