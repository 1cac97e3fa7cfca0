/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Finds a packet and asks the filter, whose functions are called `ethernet` and `raw_ip`. Included
 * behind them; nc_find is what finds a packet.
 */
#ifndef NETCAP_SELECT_H
#define NETCAP_SELECT_H

#include "probe.h"

/* What nc_select_packet() does, whatever the packet. */
NC_OTHERS enum nc_outcome nc_select_any(const void *skb, const u64 *slot, struct nc_packet *packet)
{
	int verdict;

	if (!nc_find(skb, packet))
		return NC_NO_PACKET;
	if (packet->link == NC_LINK_ETHERNET)
		verdict = nc_verdict_ethernet_fast(packet);
	else
		verdict = nc_verdict_raw_ip_fast(packet);
	if (likely(!verdict))
		return NC_FILTERED;
	nc_packet_numbers(packet, skb, slot);
	if (verdict == NC_FILTER_RETRY) {
		/* A copy: what has no address can stay in registers. */
		struct nc_packet copy = *packet;

		if (packet->link == NC_LINK_ETHERNET)
			verdict = nc_filter_ethernet_slow(&copy, copy.len);
		else
			verdict = nc_filter_raw_ip_slow(&copy, copy.len);
		if (!verdict)
			return NC_FILTERED;
		if (verdict == NC_FILTER_FAULT)
			return NC_UNREADABLE;
	}
	return NC_EMITTED;
}

#if defined(NC_IN_PLACE) && !defined(NC_DATA_OFFSET)
/* Bytes of the packet from skb->head + mac on. */
static __always_inline u32 nc_len_from(const struct sk_buff *typed, u32 data_at, u32 mac)
{
	return data_at + nc_of(typed, struct sk_buff, len) - mac;
}

/*
 * The filter over the usual packet: an Ethernet header, the network header behind it, no offloaded
 * tag, and in the linear part whatever the filter looks at. nc_packet_find() would find the same, with
 * more loads. 1 match, and then *packet is set; 0 none, NC_FILTER_RETRY where that does not tell.
 */
static __always_inline int nc_verdict_usual(const void *skb, const u64 *slot,
					    struct nc_packet *packet)
{
	const struct sk_buff *typed = nc_typed(skb, struct sk_buff);
	u64 head = (u64)nc_of(typed, struct sk_buff, head);
	u32 data_at = (u64)nc_of(typed, struct sk_buff, data) - head;
	u32 mac = nc_of(typed, struct sk_buff, mac_header);
	u32 tail, enough = mac + (NC_FILTER_ETHERNET_WINDOW > NC_ETHERNET_LEN ?
					  NC_FILTER_ETHERNET_WINDOW :
					  NC_ETHERNET_LEN);
	int verdict;

	if (unlikely(nc_of(typed, struct sk_buff, network_header) != mac + NC_ETHERNET_LEN))
		return NC_FILTER_RETRY;
	tail = nc_of(typed, struct sk_buff, tail);
	if (unlikely(mac > data_at || tail < enough))
		return NC_FILTER_RETRY;
	if (unlikely(nc_offloaded_vlan(skb)))
		return NC_FILTER_RETRY;
	verdict = nc_filter_ethernet_window(nc_bytes(head + mac), nc_len_from(typed, data_at, mac), 0);
	if (verdict == 1) {
		/* Filters that do not ask for the length do not have it loaded above. */
		asm volatile("" : : : "memory");
		packet->start = head + mac;
		packet->start_at = mac;
		packet->linear = tail - mac;
		packet->len = nc_len_from(typed, data_at, mac);
		packet->vlan = 0;
		packet->link = NC_LINK_ETHERNET;
		nc_packet_numbers(packet, skb, slot);
	}
	return verdict;
}
#endif

/* The packet, if it matches: NC_EMITTED then. */
static __always_inline enum nc_outcome nc_select_packet(const void *skb, const u64 *slot,
							struct nc_packet *packet)
{
#if defined(NC_IN_PLACE) && !defined(NC_DATA_OFFSET)
	int verdict = nc_verdict_usual(skb, slot, packet);

	if (likely(!verdict))
		return NC_FILTERED;
	if (likely(verdict == 1))
		return NC_EMITTED;
#endif
	return nc_select_any(skb, slot, packet);
}

#endif
