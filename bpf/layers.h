/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Where the layers of a packet are: the rules are those of Layer in
 * Sources/Packets/Layers/PacketLayer.swift. A packet is parsed once, when a body first asks.
 */
#ifndef NETCAP_LAYERS_H
#define NETCAP_LAYERS_H

#include "script.h"

/* In the order of Layer. */
enum nc_layer {
	NC_ETH,
	NC_VLAN,
	NC_ARP,
	NC_IP,
	NC_IP6,
	NC_TCP,
	NC_UDP,
	NC_ICMP,
	NC_ICMP6,
	NC_SCTP,
	NC_TUNNEL, /* no layer: there is a packet inside */
};
_Static_assert(NC_TUNNEL == NC_LAYERS, "layers are counted");

/* Bits of nc_run.layers: the packet's, and those of the one inside. */
#define NC_OUTER(layer) (1u << (layer))
#define NC_INNER(layer) (1u << (16 + (layer)))

/* What a packet starts with, beside EtherTypes. */
#define NC_TYPE_BY_VERSION 0    /* IPv4 or IPv6, as its first four bits say */
#define NC_TYPE_ETHERNET 0x6558 /* as in GRE and Geneve */
#define NC_TYPE_IP 0x0800
#define NC_TYPE_ARP 0x0806
#define NC_TYPE_IP6 0x86dd

static __always_inline bool nc_is_vlan(u32 type)
{
	return type == 0x8100 || type == 0x88a8;
}

static __always_inline bool nc_is_extension(u32 next)
{
	return next == 0 || next == 43 || next == 44 || next == 51 || next == 60;
}

/*
 * Finds a packet that is in another one's tunnel, behind a header of this protocol at this offset.
 * Returns its EtherType << 32 | where it begins, 0 for none.
 */
__noinline u64 nc_find_inner(u32 level, u32 proto, u64 at)
{
	u64 head, type;

	if (proto == 4)
		return (u64)NC_TYPE_IP << 32 | at;
	if (proto == 41)
		return (u64)NC_TYPE_IP6 << 32 | at;
	if (proto == 47) {
		head = nc_number(level, at, 4);
		/* GRE version 0, without a source route */
		if (head >= NC_NOT_THERE || head >> 16 & 0x4007)
			return 0;
		type = head & 0xffff;
		at += 4 + 4 * (head >> 31 & 1) + 4 * (head >> 29 & 1) + 4 * (head >> 28 & 1);
	} else {
		u64 port = nc_number(level, at + 2, 2);

		if (proto != 17 || (port != 4789 && port != 6081) || !nc_there(level, at + 8, 8))
			return 0;
		head = nc_number(level, at + 8, 4);
		at += 16;
		if (port == 4789) {
			if (!(head >> 27 & 1))
				return 0;
			type = NC_TYPE_ETHERNET;
		} else {
			if (head >> 30)
				return 0;
			type = head & 0xffff;
			at += 4 * (head >> 24 & 63);
		}
	}
	if (type != NC_TYPE_ETHERNET && type != NC_TYPE_IP && type != NC_TYPE_IP6)
		return 0;
	return type << 32 | at;
}

/* Goes past the extension headers of IPv6: the protocol << 32 | where it begins; 1 << 63: a fragment. */
__noinline u64 nc_skip_extensions(u32 level, u32 next, u64 at)
{
	for (u32 i = 0; i < 8; i++) {
		u64 head;

		if (!nc_is_extension(next) || !nc_there(level, at, 8))
			break;
		head = nc_number(level, at, 4);
		if (next == 44) {
			at += 8;
			if (head & 0xfff8)
				return 1ULL << 63 | (head >> 24 & 255) << 32 | (u32)at;
		} else if (next == 51) {
			at += 4 * ((head >> 16 & 255) + 2);
		} else {
			at += 8 * ((head >> 16 & 255) + 1);
		}
		next = head >> 24 & 255;
	}
	return (u64)(next & 255) << 32 | (u32)at;
}

/* Where the upper layer is: its bit, 0 where it is not one that scripts look into. */
__noinline u32 nc_find_upper(u32 level, u32 proto, u64 at, u32 is_ip6)
{
	if (proto == 6)
		return nc_there(level, at, 20) ? NC_OUTER(NC_TCP) : 0;
	if (proto == 17)
		return nc_there(level, at, 8) ? NC_OUTER(NC_UDP) : 0;
	if (proto == 1 && !is_ip6)
		return nc_there(level, at, 8) ? NC_OUTER(NC_ICMP) : 0;
	if (proto == 58 && is_ip6)
		return nc_there(level, at, 8) ? NC_OUTER(NC_ICMP6) : 0;
	if (proto == 132)
		return nc_there(level, at, 12) ? NC_OUTER(NC_SCTP) : 0;
	return 0;
}

/* Parses one packet, which starts with `type`; bits of NC_OUTER. */
__noinline u32 nc_parse(u32 level, u32 is_inner, u64 at, u32 type)
{
	struct nc_scratch *s = nc_scratch_at(level);
	struct nc_layout *layout;
	u32 layers = 0, proto, upper;
	u64 first, skipped;

	if (!s)
		return 0;
	layout = is_inner ? &s->inner : &s->outer;
	if (type == NC_TYPE_ETHERNET) {
		if (!nc_there(level, at, 14))
			return 0;
		layout->at[NC_ETH] = at;
		layers |= NC_OUTER(NC_ETH);
		type = nc_number(level, at + 12, 2);
		at += 14;
		if (nc_is_vlan(type)) {
			if (!nc_there(level, at, 4))
				return layers;
			layout->at[NC_VLAN] = at;
			layers |= NC_OUTER(NC_VLAN);
			type = nc_number(level, at + 2, 2);
			at += 4;
			if (nc_is_vlan(type)) {
				if (!nc_there(level, at, 4))
					return layers;
				type = nc_number(level, at + 2, 2);
				at += 4;
			}
		}
	} else if (type == NC_TYPE_BY_VERSION) {
		first = nc_number(level, at, 1);
		type = first >> 4 == 4 ? NC_TYPE_IP : first >> 4 == 6 ? NC_TYPE_IP6 : 0;
	}
	if (type == NC_TYPE_ARP) {
		if (nc_there(level, at, 28)) {
			layout->at[NC_ARP] = at;
			layers |= NC_OUTER(NC_ARP);
		}
		return layers;
	}
	first = nc_number(level, at, 1);
	if (type == NC_TYPE_IP) {
		if (!nc_there(level, at, 20) || first >> 4 != 4 || (first & 15) < 5)
			return layers;
		layout->at[NC_IP] = at;
		layers |= NC_OUTER(NC_IP);
		layout->end = at + nc_number(level, at + 2, 2);
		proto = nc_number(level, at + 9, 1);
		layout->proto = proto;
		/* not the first fragment */
		if (nc_number(level, at + 6, 2) & 0x1fff)
			return layers;
		at += 4 * (first & 15);
	} else if (type == NC_TYPE_IP6) {
		if (!nc_there(level, at, 40) || first >> 4 != 6)
			return layers;
		layout->at[NC_IP6] = at;
		layers |= NC_OUTER(NC_IP6);
		layout->end = at + 40 + nc_number(level, at + 4, 2);
		skipped = nc_skip_extensions(level, nc_number(level, at + 6, 1), at + 40);
		proto = skipped >> 32 & 255;
		layout->proto = proto;
		if (skipped >> 63)
			return layers;
		at = (u32)skipped;
	} else {
		return layers;
	}
	upper = nc_find_upper(level, proto, at, type == NC_TYPE_IP6);
	if (upper & NC_OUTER(NC_TCP))
		layout->at[NC_TCP] = at;
	if (upper & NC_OUTER(NC_UDP))
		layout->at[NC_UDP] = at;
	if (upper & NC_OUTER(NC_ICMP))
		layout->at[NC_ICMP] = at;
	if (upper & NC_OUTER(NC_ICMP6))
		layout->at[NC_ICMP6] = at;
	if (upper & NC_OUTER(NC_SCTP))
		layout->at[NC_SCTP] = at;
	layers |= upper;
#ifdef NC_NEEDS_INNER
	if (!is_inner && (proto != 17 || upper)) {
		u64 inner = nc_find_inner(level, proto, at);

		if (inner) {
			layout->type = inner >> 32;
			layout->payload = inner;
			layers |= NC_OUTER(NC_TUNNEL);
		}
	}
#endif
	return layers;
}

/* What is looked at of an IPv4 header that begins at `at` of the window. */
struct nc_ip_head {
	u32 version_len, total_len, fragment, proto;
};

static __always_inline struct nc_ip_head nc_ip_head(const struct nc_scratch *s, u32 at)
{
#ifdef NC_IN_PLACE
	if (likely(!s->packet.vlan)) {
		/* A load in place costs as much as eight other instructions. */
		const u8 *from = nc_bytes(s->packet.start + at);
		u64 first = *(const nc_any_u64 *)from, second = *(const nc_any_u64 *)(from + 6);

		nc_forget(first);
		return (struct nc_ip_head){
			first & 255, __builtin_bswap16(first >> 16),
			__builtin_bswap16(second) & 0x1fff, second >> 24 & 255,
		};
	}
#endif
	return (struct nc_ip_head){
		nc_in_window(s, at, 1), nc_in_window(s, at + 2, 2),
		nc_in_window(s, at + 6, 2) & 0x1fff, nc_in_window(s, at + 9, 1),
	};
}

/*
 * The layers of the usual packet, IPv4 without options or fragments, behind `at` bytes of Ethernet or
 * none: all of it in the window, at constant offsets. 0: it is another one.
 */
static __always_inline u32 nc_parse_usual(struct nc_scratch *s, u32 at)
{
	u32 layers = NC_OUTER(NC_IP);
	u32 upper_at = at + 20;
	struct nc_ip_head ip;

	if (NC_WINDOW < 64 || s->window_len < 54)
		return 0;
	ip = nc_ip_head(s, at);
	if (ip.version_len != 0x45 || ip.fragment)
		return 0;
	if (ip.proto == 6) {
		s->outer.at[NC_TCP] = upper_at;
		layers |= NC_OUTER(NC_TCP);
	} else if (ip.proto == 1) {
		s->outer.at[NC_ICMP] = upper_at;
		layers |= NC_OUTER(NC_ICMP);
	} else if (ip.proto == 17) {
#ifdef NC_NEEDS_INNER
		return 0;
#endif
		s->outer.at[NC_UDP] = upper_at;
		layers |= NC_OUTER(NC_UDP);
	} else {
		return 0;
	}
	if (at) {
		s->outer.at[NC_ETH] = 0;
		layers |= NC_OUTER(NC_ETH);
	}
	s->outer.at[NC_IP] = at;
	s->outer.end = at + ip.total_len;
	s->outer.proto = ip.proto;
	return layers;
}

/*
 * Reads the packet's first bytes and finds its layers, into the scratch memory. Returns the bits of
 * nc_run.layers. Inlined: eight functions may call each other, and there are seven with those below.
 */
static __always_inline u32 nc_layers(const struct nc_run *run)
{
	struct nc_scratch *s = run->s;
	u32 level = run->level;
	u32 layers;

	s->window_len = nc_packet_window(&s->packet, (u8 *)s->window);
	if (s->packet.link != NC_LINK_ETHERNET)
		layers = nc_parse_usual(s, 0);
	else if (s->window_len >= 14 && nc_in_window(s, 12, 2) == NC_TYPE_IP)
		layers = nc_parse_usual(s, 14);
	else
		layers = 0;
	if (likely(layers))
		return layers;
	layers = nc_parse(level, 0, 0,
			  s->packet.link == NC_LINK_ETHERNET ? NC_TYPE_ETHERNET : NC_TYPE_BY_VERSION);
#ifdef NC_NEEDS_INNER
	if (layers & NC_OUTER(NC_TUNNEL))
		layers |= nc_parse(level, 1, s->outer.payload, s->outer.type) << 16;
#endif
	return layers;
}

/* Bytes of a layer's payload, which begins at this offset; negative: the header says less. */
static __always_inline s64 nc_payload_len(const struct nc_layout *layout, u64 payload_at)
{
	return (s64)layout->end - (s64)payload_at;
}

/* Addresses, ports and protocol of a packet that has an IP layer: five words. */
static __always_inline void nc_flow(const struct nc_run *run, const struct nc_layout *layout,
				    u32 layers, u64 *flow)
{
	u64 ports = 0;

	if (layers & NC_OUTER(NC_IP)) {
		flow[0] = flow[2] = 0;
		flow[1] = NC_MAPPED(nc_field(run, layout->at[NC_IP], 12, 4));
		flow[3] = NC_MAPPED(nc_field(run, layout->at[NC_IP], 16, 4));
	} else {
		flow[0] = nc_field_u64(run, layout->at[NC_IP6], 8);
		flow[1] = nc_field_u64(run, layout->at[NC_IP6], 16);
		flow[2] = nc_field_u64(run, layout->at[NC_IP6], 24);
		flow[3] = nc_field_u64(run, layout->at[NC_IP6], 32);
	}
	/* The ports of all three stand where TCP's do. */
	if (layers & NC_OUTER(NC_TCP))
		ports = nc_field(run, layout->at[NC_TCP], 0, 4);
	else if (layers & NC_OUTER(NC_UDP))
		ports = nc_field(run, layout->at[NC_UDP], 0, 4);
	else if (layers & NC_OUTER(NC_SCTP))
		ports = nc_field(run, layout->at[NC_SCTP], 0, 4);
	flow[4] = (ports >> 16) << 32 | (ports & 0xffff) << 16 | (layout->proto & 0xffff);
}

#endif
