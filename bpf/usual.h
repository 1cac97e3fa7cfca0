/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The usual packet: IPv4 without options, behind an Ethernet header or nothing, and all that is
 * looked at of it in one piece. Its layers are at constant offsets and need no memory: what a body's
 * usual form stands on, which is tried before the full one. The same rules as in layers.h.
 */
#ifndef NETCAP_USUAL_H
#define NETCAP_USUAL_H

#include "layers.h"

#define NC_USUAL_IP 14    /* of the IP header, from nc_usual.bytes on */
#define NC_USUAL_UPPER 20 /* of the upper layer, from the IP header on */

struct nc_usual {
	const u8 *bytes; /* 14 bytes before the IP header: the Ethernet header's, if there is one */
	bool has_ethernet;
	bool is_later; /* a fragment other than the first */
	u32 total_len;
	u32 proto;
};

/* Finds its layers. False: it is another packet, or one with fewer bytes from the IP header on. */
static __always_inline bool nc_usual_find(const struct nc_packet *packet, u32 reach,
					  struct nc_usual *usual)
{
	bool has_ethernet = packet->link == NC_LINK_ETHERNET;
	u32 ip_at = has_ethernet ? NC_USUAL_IP : 0;
	u64 first, second;

	if (!nc_packet_piece(packet, ip_at, reach, NC_USUAL_IP, &usual->bytes))
		return false;
	/* A load in place costs as much as eight other instructions: two are all. */
	first = *(const nc_any_u64 *)(usual->bytes + NC_USUAL_IP - 2);
	second = *(const nc_any_u64 *)(usual->bytes + NC_USUAL_IP + 6);
	if ((first >> 16 & 255) != 0x45)
		return false;
	if (has_ethernet && __builtin_bswap16(first) != NC_TYPE_IP)
		return false;
	usual->has_ethernet = has_ethernet;
	usual->total_len = __builtin_bswap16(first >> 32);
	usual->is_later = __builtin_bswap16(second) & 0x1fff;
	usual->proto = second >> 24 & 255;
	return true;
}

/* Where a layer begins, from the IP header on. */
static __always_inline s32 nc_usual_at(enum nc_layer layer)
{
	return layer == NC_ETH ? -NC_USUAL_IP : layer == NC_IP ? 0 : NC_USUAL_UPPER;
}

static __always_inline bool nc_usual_has(const struct nc_usual *usual, enum nc_layer layer)
{
	switch (layer) {
	case NC_ETH:
		return usual->has_ethernet;
	case NC_IP:
		return true;
	case NC_TCP:
		return usual->proto == 6 && !usual->is_later;
	case NC_UDP:
		return usual->proto == 17 && !usual->is_later;
	case NC_ICMP:
		return usual->proto == 1 && !usual->is_later;
	case NC_SCTP:
		return usual->proto == 132 && !usual->is_later;
	default:
		return false;
	}
}

/* A field of a layer that is there. */
static __always_inline u64 nc_usual_field(const struct nc_usual *usual, enum nc_layer layer,
					  u32 offset, u32 size)
{
	return nc_big_endian(usual->bytes + NC_USUAL_IP + nc_usual_at(layer) + offset, size);
}

/* As nc_payload_len(), of a payload that begins so far from the IP header. */
static __always_inline s64 nc_usual_payload_len(const struct nc_usual *usual, u64 payload_at)
{
	return (s64)usual->total_len - (s64)payload_at;
}

#endif
