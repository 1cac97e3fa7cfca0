/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the C made of a packet filter needs. For a filter NAME there are
 *
 *	int nc_filter_NAME_fast(const nc_u8 *window, nc_u32 packet_len,
 *				const struct nc_packet *packet);
 *	int nc_filter_NAME_slow(const struct nc_packet *packet, nc_u32 packet_len);
 *
 * The fast form looks at the packet's first NC_FILTER_NAME_WINDOW bytes only, at constant offsets.
 * The window is on the stack, NC_FILTER_NAME_ALIGN bytes after a multiple of 8 (2 for Ethernet, so
 * that the fields of IP are aligned). It may be asked about a shorter packet too, if the window
 * begins with the whole packet and the rest is anything initialized: then it compares each offset
 * with packet_len before it looks.
 *
 * The slow form reads the packet with
 *
 *	int nc_packet_load(const struct nc_packet *packet, nc_u32 offset, nc_u32 size,
 *			   nc_u32 *value);
 *
 * which is defined before this file is included: 0 and the big-endian number of size (1, 2, 4)
 * bytes at offset; 1 if they are not all within the packet; negative if they cannot be read.
 */
#ifndef NETCAP_FILTER_H
#define NETCAP_FILTER_H

/* Verdicts beside 0 (no match) and 1 (match). */
#define NC_FILTER_RETRY 2 /* of a fast form: ask the slow one */
#define NC_FILTER_FAULT 3 /* of a slow form: bytes within the packet could not be read */

/* Steps along a chain of headers (`protochain`) before a packet counts as unreadable. */
#define NC_FILTER_ROUNDS 32

typedef nc_u16 __attribute__((may_alias)) nc_window_be16;
typedef nc_u32 __attribute__((may_alias)) nc_window_be32;

/* Numbers in the window; the address must be a multiple of the size. */
static __always_inline nc_u32 nc_window_u8(const nc_u8 *window, nc_u32 offset)
{
	return window[offset];
}

static __always_inline nc_u32 nc_window_u16(const nc_u8 *window, nc_u32 offset)
{
	return __builtin_bswap16(*(const nc_window_be16 *)(window + offset));
}

static __always_inline nc_u32 nc_window_u32(const nc_u8 *window, nc_u32 offset)
{
	return __builtin_bswap32(*(const nc_window_be32 *)(window + offset));
}

/* Loads at x + k. A sum that does not fit lies beyond every packet. */
static __always_inline int nc_filter_load_indirect(const struct nc_packet *packet, nc_u32 x,
						   nc_u32 k, nc_u32 size, nc_u32 *value)
{
	nc_u64 offset = (nc_u64)x + k;

	if (offset >> 31)
		return 1;
	return nc_packet_load(packet, offset, size, value);
}

#endif
