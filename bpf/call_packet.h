/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What a script's probe at a return knows of the call, which the program at the entry has kept
 * (calls.h): its packet, what surrounded that, and what the body reads of its arguments. The packet's
 * buffer may be another one's at the return, so nothing is read from it: packet.skb is 0, and the
 * packet is the bytes that were kept. Included behind skb_packet.h.
 *
 * Before that, the generated text defines NC_CALL_WORDS, the words of those values with the one of
 * their presence bits in front; NC_CALL_KEPT, how many bytes of a packet are kept, a power of two; and
 * NC_CALLS, how many calls are kept at the same time.
 */
#ifndef NETCAP_CALL_PACKET_H
#define NETCAP_CALL_PACKET_H

#include "skb_packet.h"

struct nc_call_head {
	u64 skb;      /* address, 0 for none */
	u32 len;      /* of the packet */
	u32 kept;     /* bytes of it */
	u32 link;     /* enum nc_link */
	u32 protocol; /* EtherType of skb->protocol */
	u32 ifindex;  /* of skb->dev, 0 for none */
	u32 netns;
	char ifname[NC_NAME_LEN];
	u64 made; /* NC_EVENT_MADE_* */
};

struct nc_call {
	struct nc_call_head head;
	u64 values[NC_CALL_WORDS];
	u8 bytes[2 * NC_CALL_KEPT]; /* see nc_copy_pieces() */
};

#include "calls.h"

/* A run at a return. The body is given the first member. */
struct nc_call_run {
	struct nc_run run;
	const struct nc_call *call;
};
#define nc_call_of(run) (((const struct nc_call_run *)(run))->call)

/* Whether the value with this index, words of nc_call.values, was there at the call. */
static __always_inline bool nc_call_has(const struct nc_run *run, u32 index)
{
	return nc_call_of(run)->values[0] >> index & 1;
}

/* A pointer as a number, which may be handed to global functions. */
static __always_inline u64 nc_call_address(const void *pointer)
{
	const void *volatile place = pointer;
	u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), (const void *)&place);
	return number;
}

/* At the entry: the packet, and what an event says of its skb. */
static __always_inline void nc_call_keep(struct nc_call *call, const struct nc_packet *packet)
{
	struct nc_call_head *head = &call->head;
	u64 skb = packet->skb;
	u64 bytes = packet->len, copied = 0;
	void *dev;

	if (!skb)
		return;
	head->skb = skb;
	head->len = packet->len;
	head->link = packet->link;
	head->protocol = nc_swap16(nc_read(skb, struct sk_buff, protocol));
	dev = nc_read(skb, struct sk_buff, dev);
	if (dev) {
		void *net = nc_read(dev, struct net_device, nd_net.net);

		head->ifindex = nc_read(dev, struct net_device, ifindex);
		head->netns = nc_read(net, struct net___nc, ns.inum);
		bpf_probe_read_kernel(head->ifname, sizeof(head->ifname),
				      __builtin_preserve_access_index(
					      &((struct net_device *)dev)->name));
	}
	if (!packet->start || !bytes)
		return;
	if (bytes > NC_CALL_KEPT)
		bytes = NC_CALL_KEPT;
#ifdef NC_REBUILDS
	if (packet->made_len) {
		head->made = packet->made;
		head->protocol = packet->made_type;
		head->kept = nc_copy_made((const struct nc_scratch *)packet, call->bytes, bytes,
					  NC_CALL_KEPT);
		return;
	}
#endif
	if (!packet->vlan && bytes <= packet->linear) {
		nc_cap(bytes, NC_CALL_KEPT);
		if (!bpf_probe_read_kernel(call->bytes, bytes, (void *)packet->start))
			copied = bytes;
	} else {
		copied = nc_copy_pieces(skb, packet->start, packet->linear, packet->vlan,
					call->bytes, bytes, NC_CALL_KEPT);
	}
	head->kept = copied;
}

/* At the return: the packet as it was kept. */
static __always_inline void nc_call_restore(const struct nc_call *call, struct nc_packet *packet)
{
	__builtin_memset(packet, 0, sizeof(*packet));
	packet->start = nc_call_address(call->bytes);
	packet->linear = call->head.kept;
	packet->len = call->head.len;
	packet->link = call->head.link;
#ifdef NC_REBUILDS
	packet->made = call->head.made;
	packet->made_len = 0; /* the bytes that were kept begin with them */
#endif
}

/* In the place of what skb_packet.h asks of the skb. */
static __always_inline bool nc_call_interface_index(const struct nc_run *run, u64 *index)
{
	*index = nc_call_of(run)->head.ifindex;
	return *index != 0;
}

static __always_inline bool nc_call_interface_name(const struct nc_run *run, u64 *text)
{
	const struct nc_call_head *head = &nc_call_of(run)->head;

	if (!head->ifindex)
		return false;
	nc_clear(text, NC_TEXT_WORDS);
	nc_copy(text, (const u64 *)head->ifname, NC_NAME_LEN / 8);
	return true;
}

static __always_inline bool nc_call_namespace(const struct nc_run *run, u64 *number)
{
	*number = nc_call_of(run)->head.netns;
	return nc_call_of(run)->head.ifindex != 0;
}

/* As nc_send_packed(), with the packet of the record at this address. */
__noinline u32 nc_call_send_packed(u32 level, u32 point, u32 capture, u64 call)
{
	struct nc_scratch *s = nc_scratch_at(level);
	struct nc_call_head head;
	struct nc_event *event;
	u64 bytes, size, record;
	u8 *to;

	if (!s || bpf_probe_read_kernel(&head, sizeof(head), (void *)call))
		return 0;
	bytes = head.kept;
	if (bytes > capture)
		bytes = capture;
	if (bytes > nc_config.capture_max)
		bytes = nc_config.capture_max;
	size = nc_size_class(bytes);
	record = sizeof(*event) + sizeof(s->fields) + size;
	event = bpf_ringbuf_reserve(&nc_ring, record, 0);
	if (!event)
		return 0;
	to = (u8 *)(event + 1) + sizeof(s->fields);
	__builtin_memset(event, 0, sizeof(*event));
	event->time_ns = bpf_ktime_get_ns();
	event->skb = head.skb;
	event->packet_len = head.len;
	nc_put_task(event);
	event->point = nc_config.first_point + point;
	event->protocol = head.protocol;
	event->link = head.link;
	event->field_words = NC_FIELD_WORDS;
	event->ifindex = head.ifindex;
	event->netns = head.netns;
	__builtin_memcpy(event->ifname, head.ifname, sizeof(event->ifname));
	bpf_probe_read_kernel(event + 1, sizeof(s->fields), s->fields);
	nc_cap(bytes, size);
	event->captured_len = bytes;
	if (bpf_probe_read_kernel(to, bytes,
				  (void *)(call + __builtin_offsetof(struct nc_call, bytes))))
		event->captured_len = 0;
	if (event->captured_len < head.len && event->captured_len < capture)
		event->flags = NC_EVENT_UNREADABLE;
	event->flags |= head.made;
	bpf_ringbuf_submit(event, nc_wakeup(event, record));
	return 1;
}

static __always_inline void nc_call_send(struct nc_run *run)
{
	if (nc_call_send_packed(run->level, run->point, run->capture,
				nc_call_address(nc_call_of(run))) == 1)
		run->events++;
	else
		run->lost++;
}

#define nc_interface_index nc_call_interface_index
#define nc_interface_name nc_call_interface_name
#define nc_namespace nc_call_namespace
#define nc_send nc_call_send

#endif
