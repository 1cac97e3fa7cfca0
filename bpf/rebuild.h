/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Headers that a packet does not have yet, on its way out: what is missing is made of its socket, and of
 * the flow that an argument is (ends.h). Included where the generated text defines NC_REBUILDS.
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

#include "ends.h"
#include "layers.h"

#define NC_IP4_LEN 20
#define NC_IP6_LEN 40
#define NC_TCP_LEN 20
#define NC_UDP_LEN 8
#define NC_TCP_SYN 2

/* Bytes anywhere in memory of ours. */
#define nc_put8(to, value) (*(to) = (value))
#define nc_put16(to, value) (*(nc_any_u16 *)(to) = (value))
#define nc_put32(to, value) (*(nc_any_u32 *)(to) = (value))

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
