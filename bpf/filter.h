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
#if defined(NC_IN_PLACE) && !defined(NC_WINDOW)
/*
 * Looked at in place, where a load costs as much as eight other instructions: eight bytes at once,
 * which the compiler keeps for what is looked at next. They are so divided that the fields of IP that
 * filters look at together share some, behind an Ethernet header; a number is within eight of them, or
 * loaded by itself.
 */
typedef nc_u64 __attribute__((may_alias)) nc_window_u64;

static __always_inline nc_u32 nc_window_bytes(const nc_u8 *window, nc_u32 offset, nc_u32 size)
{
	nc_u32 first = offset < 26 ? 4 : 26;
	nc_u32 at = (offset - first) % 8;
	nc_u64 bytes;

	if (offset < first || at + size > 8) {
		nc_u64 number = 0;

		for (nc_u32 i = 0; i < size; i++)
			number |= (nc_u64)window[offset + i] << 8 * i;
		return number;
	}
	bytes = *(const nc_window_u64 *)(window + offset - at) >> 8 * at;
	return size == 4 ? bytes : bytes & ((1u << 8 * size) - 1);
}
#else
static __always_inline nc_u32 nc_window_bytes(const nc_u8 *window, nc_u32 offset, nc_u32 size)
{
	if (size == 1)
		return window[offset];
	if (size == 2)
		return *(const nc_window_be16 *)(window + offset);
	return *(const nc_window_be32 *)(window + offset);
}
#endif

static __always_inline nc_u32 nc_window_u8(const nc_u8 *window, nc_u32 offset)
{
	return nc_window_bytes(window, offset, 1);
}

static __always_inline nc_u32 nc_window_u16(const nc_u8 *window, nc_u32 offset)
{
	return __builtin_bswap16(nc_window_bytes(window, offset, 2));
}

static __always_inline nc_u32 nc_window_u32(const nc_u8 *window, nc_u32 offset)
{
	return __builtin_bswap32(nc_window_bytes(window, offset, 4));
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
