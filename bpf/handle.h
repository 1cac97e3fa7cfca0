/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What every probe does with a packet. Included behind the filter, whose functions it calls.
 */
#ifndef NETCAP_HANDLE_H
#define NETCAP_HANDLE_H

#include "probe.h"

static __always_inline enum nc_outcome nc_judge(const void *skb, const u64 *slot, u32 point)
{
	struct nc_packet packet;
	int verdict;

	if (!skb)
		return NC_NO_PACKET;
	if (nc_config.ifindex) {
		enum nc_outcome outcome = nc_interface(skb);

		if (outcome != NC_EMITTED)
			return outcome;
	}
	if (!nc_packet_find(skb, &packet))
		return NC_NO_PACKET;
	if (packet.link == NC_LINK_ETHERNET)
		verdict = nc_verdict_ethernet_fast(&packet);
	else
		verdict = nc_verdict_raw_ip_fast(&packet);
	if (likely(!verdict))
		return NC_FILTERED;
	nc_packet_numbers(&packet, skb, slot);
	if (verdict == NC_FILTER_RETRY) {
		/* A copy: what has no address can stay in registers. */
		struct nc_packet copy = packet;

		if (packet.link == NC_LINK_ETHERNET)
			verdict = nc_filter_ethernet_slow(&copy, copy.len);
		else
			verdict = nc_filter_raw_ip_slow(&copy, copy.len);
		if (!verdict)
			return NC_FILTERED;
		if (verdict == NC_FILTER_FAULT)
			return NC_UNREADABLE;
	}
	return nc_emit(&packet, point);
}

/* `skb` as the verifier knows it, and where the probed function's argument is kept. */
static __always_inline int nc_handle(const void *skb, const u64 *slot, u32 point)
{
	if (nc_is_enabled())
		nc_count(point, nc_judge(skb, slot, point));
	return 0;
}

char nc_license[] SEC("license") = "GPL";

#endif
