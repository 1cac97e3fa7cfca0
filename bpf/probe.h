/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A packet at a point: which point, which packet, does it match, and then the event.
 *
 * The generated text defines, before it includes this: NC_TYPED_ARGUMENTS for fentry and tp_btf
 * programs, the filter's functions, and NC_SKB_ARGUMENT, counted from 0.
 */
#ifndef NETCAP_PROBE_H
#define NETCAP_PROBE_H

#include "capture.h"

/*
 * NC_VERDICT defines the filter over the packet's first bytes, nc_verdict_NAME_fast(): 1 match, 0
 * none, NC_FILTER_RETRY where those bytes do not tell.
 */

#ifdef NC_IN_PLACE

/* The filter over the packet's first bytes where they are, if all in the linear part. */
#define NC_VERDICT(name, NAME)                                                                    \
	static __always_inline int nc_verdict_##name##_fast(const struct nc_packet *packet)        \
	{                                                                                          \
		u32 enough = packet->len;                                                          \
                                                                                                   \
		if (enough > NC_FILTER_##NAME##_WINDOW)                                            \
			enough = NC_FILTER_##NAME##_WINDOW;                                        \
		if (NC_FILTER_##NAME##_WINDOW &&                                                   \
		    unlikely(packet->vlan || packet->linear < enough))                             \
			return NC_FILTER_RETRY;                                                    \
		return nc_filter_##name##_fast(nc_bytes(packet->start), packet->len, packet);      \
	}

#else

/*
 * Reads the packet's first `window_len` bytes onto the stack, an offloaded VLAN tag put in; fewer
 * where the packet is shorter, and zeros behind. False: they are not all in the linear part.
 */
static __always_inline bool nc_read_window(const struct nc_packet *packet, u8 *window,
					   u32 window_len)
{
	u64 len = packet->linear;

	if (!window_len)
		return true;
	if (unlikely(packet->vlan)) {
		u32 behind = NC_VLAN_AT + NC_VLAN_LEN;

		if (window_len <= behind || len < window_len - NC_VLAN_LEN)
			return false;
		window[12] = packet->vlan >> 24;
		window[13] = packet->vlan >> 16;
		window[14] = packet->vlan >> 8;
		window[15] = packet->vlan;
		return !bpf_probe_read_kernel(window, NC_VLAN_AT, (void *)packet->start) &&
		       !bpf_probe_read_kernel(window + behind, window_len - behind,
					      (void *)(packet->start + NC_VLAN_AT));
	}
	if (likely(len >= window_len))
		return !bpf_probe_read_kernel(window, window_len, (void *)packet->start);
	if (len < packet->len)
		return false;
	__builtin_memset(window, 0, window_len);
	nc_cap(len, window_len);
	return !bpf_probe_read_kernel(window, len, (void *)packet->start);
}

/* The filter over that copy. */
#define NC_VERDICT(name, NAME)                                                                    \
	static __always_inline int nc_verdict_##name##_fast(const struct nc_packet *packet)        \
	{                                                                                          \
		u64 words[(NC_FILTER_##NAME##_WINDOW + NC_FILTER_##NAME##_ALIGN + 7) / 8 + 1];     \
		u8 *window = (u8 *)words + NC_FILTER_##NAME##_ALIGN;                               \
                                                                                                   \
		if (!nc_read_window(packet, window, NC_FILTER_##NAME##_WINDOW))                    \
			return NC_FILTER_RETRY;                                                    \
		return nc_filter_##name##_fast(window, packet->len, packet);                       \
	}

#endif /* NC_IN_PLACE */

#endif
