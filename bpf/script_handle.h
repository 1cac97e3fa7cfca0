/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What every probe of a script does. Included behind nc_body(). The generated text defines
 * NC_HAS_PACKET where the point has an skb, NC_FILTER_FIRST where the body begins with a filter, whose
 * functions are `ethernet` and `raw_ip` as for handle.h, NC_DATA_OFFSET where it was said that the
 * packet starts so far from skb->data, and NC_SOCK where an argument is the socket; NC_REBUILDS where the
 * packet is to get the headers that it lacks, with NC_FLOW where an argument is its flow.
 */
#ifndef NETCAP_SCRIPT_HANDLE_H
#define NETCAP_SCRIPT_HANDLE_H

#include "layers.h"

#ifdef NC_HAS_PACKET
static __always_inline bool nc_script_find(const void *skb, struct nc_packet *packet)
{
#ifdef NC_DATA_OFFSET
	u64 head = (u64)nc_get(skb, struct sk_buff, head);
	u32 data_at = (u64)nc_get(skb, struct sk_buff, data) - head;
	u32 end_at = data_at + nc_get(skb, struct sk_buff, len);
	u32 start = data_at + NC_DATA_OFFSET;

	packet->start = head + start;
	packet->start_at = start;
	packet->len = end_at - start;
	packet->linear = packet->len - nc_get(skb, struct sk_buff, data_len);
	packet->vlan = 0;
	packet->link = start == nc_get(skb, struct sk_buff, network_header) ? NC_LINK_NONE :
									      NC_LINK_ETHERNET;
	return packet->linear <= packet->len && (s32)start >= 0;
#else
	return nc_packet_find(skb, packet);
#endif
}

#ifdef NC_FILTER_FIRST
#define nc_find nc_script_find
#include "select.h"
#endif

/*
 * The packet, and whether the body's first filter lets it through; NC_EMITTED says yes. Without a
 * filter a body runs where there is no packet, too: then all its layers are absent.
 */
static __always_inline enum nc_outcome nc_select(const void *skb, const u64 *slot,
						 struct nc_packet *packet)
{
	__builtin_memset(packet, 0, sizeof(*packet));
	if (nc_config.ifindex) {
		enum nc_outcome outcome = skb ? nc_interface(skb) : NC_NO_PACKET;

		if (outcome != NC_EMITTED)
			return outcome;
	}
#ifdef NC_FILTER_FIRST
	return skb ? nc_select_packet(skb, slot, packet) : NC_NO_PACKET;
#else
	if (skb && !nc_script_find(skb, packet))
		__builtin_memset(packet, 0, sizeof(*packet));
	return NC_EMITTED;
#endif
}

/* Makes numbers of the packet's addresses, if nc_select() has not. */
static __always_inline void nc_select_numbers(const void *skb, const u64 *slot,
					      struct nc_packet *packet)
{
#ifndef NC_FILTER_FIRST
	if (!skb)
		return;
	nc_packet_numbers(packet, skb, slot);
	if (!packet->len)
		packet->start = 0;
#endif
}
#endif

static __always_inline void nc_count_script(u32 point, enum nc_script_count what, u64 number)
{
	struct nc_counters *counters;

	if (!number)
		return;
	counters = nc_counters_of(&point);
	if (counters)
		nc_add(&counters->script[what], number);
}

/* Counts what became of a body's run, and of the events that it sent. */
static __always_inline void nc_count_run(const struct nc_run *run, enum nc_outcome outcome)
{
	if (outcome == NC_HANDLED) {
		if (run->lost)
			outcome = NC_RING_FULL;
		else if (run->events)
			outcome = NC_EMITTED;
	}
	nc_count(&run->point, outcome);
	nc_count_script(run->point, NC_EVENTS_SENT, run->events);
	nc_count_script(run->point, NC_EVENTS_LOST, run->lost);
}

#ifdef NC_USUAL_FORM
/* A function of its own: what most packets do not need does not take their registers. */
#define NC_FULL_FORM static __noinline
#else
#define NC_FULL_FORM static __always_inline
#endif

/* The body's full form. */
NC_FULL_FORM void nc_script_full(struct nc_run *run, struct nc_packet *packet, const void *skb,
				 const u64 *slot)
{
	enum nc_outcome outcome;
	u32 *level;

#ifdef NC_HAS_PACKET
	nc_select_numbers(skb, slot, packet);
	run->skb = packet->skb;
#endif
	level = nc_enter(run);
	if (!level) {
		nc_count_script(run->point, NC_NESTED, 1);
		return;
	}
	run->s->packet = *packet;
#ifdef NC_REBUILDS
	nc_rebuild(run->level, run->skb, run->sock, NC_FLOW(run->ctx));
#endif
	outcome = nc_body(run);
	nc_leave(run, level);
	nc_count_run(run, outcome);
}

/*
 * `skb` as the verifier knows it, and where the probed function's argument is kept, which may be
 * NULL where it is a number anyway.
 */
static __always_inline int nc_script(const void *ctx, const void *skb, const u64 *slot, u64 sock,
				     u32 point)
{
	/* What has no address can stay in registers. */
	struct nc_run given = {
		.ctx = ctx, .sock = sock, .point = point, .capture = NC_CAPTURE,
	};
	struct nc_packet packet = {};
	enum nc_outcome outcome = NC_EMITTED;

	if (!nc_is_enabled())
		return 0;
#ifdef NC_HAS_PACKET
	outcome = nc_select(skb, slot, &packet);
#endif
	if (outcome == NC_EMITTED)
		outcome = nc_body_usual(&given, &packet);
	if (outcome == NC_UNDECIDED) {
		struct nc_run run = given;
		struct nc_packet copy = packet;

		nc_script_full(&run, &copy, skb, slot);
	} else {
		nc_count(&point, outcome);
	}
	return 0;
}

char nc_license[] SEC("license") = "GPL";

#endif
