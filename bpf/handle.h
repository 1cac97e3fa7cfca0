/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What every probe does with a packet. Included behind the filter, whose functions it calls.
 */
#ifndef NETCAP_HANDLE_H
#define NETCAP_HANDLE_H

#define nc_find nc_packet_find
#include "select.h"

static __always_inline enum nc_outcome nc_judge(const void *skb, const u64 *slot,
						const volatile u32 *point)
{
	struct nc_packet packet;
	enum nc_outcome outcome;

	if (!skb)
		return NC_NO_PACKET;
	if (nc_config.ifindex) {
		outcome = nc_interface(skb);
		if (outcome != NC_EMITTED)
			return outcome;
	}
	outcome = nc_select_packet(skb, slot, &packet);
	return outcome == NC_EMITTED ? nc_emit(&packet, *point) : outcome;
}

/*
 * `skb` as the verifier knows it, and where the probed function's argument is kept; the point is only
 * looked at where it is needed.
 */
static __always_inline int nc_handle(const void *skb, const u64 *slot, const volatile u32 *point)
{
	if (nc_is_enabled())
		nc_count(point, nc_judge(skb, slot, point));
	return 0;
}

char nc_license[] SEC("license") = "GPL";

#endif
