/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A script's packet in an sk_buff, and what a script can ask of the moment.
 */
#ifndef NETCAP_SKB_PACKET_H
#define NETCAP_SKB_PACKET_H

#include "capture.h"

#define NC_NOT_THERE (1ULL << 32)

/*
 * The packet's first bytes as far as they are in the linear part, an offloaded VLAN tag put in. Looked
 * at in place, a packet that needs nothing put in is its own window (nc_in_window).
 */
static __always_inline u32 nc_packet_window(const struct nc_packet *packet, u8 *window)
{
	u64 len = packet->linear;

#ifdef NC_IN_PLACE
	if (likely(!packet->vlan))
		return len;
#endif
#ifdef NC_REBUILDS
	if (packet->made_len) {
		u64 at = packet->made_len;

		nc_cap(at, NC_REBUILT_MAX);
		nc_cap(len, NC_WINDOW - NC_REBUILT_MAX);
		if (bpf_probe_read_kernel(window + at, len, (void *)packet->start))
			return at;
		return at + len;
	}
#endif
	if (unlikely(packet->vlan)) {
		u32 behind = NC_VLAN_AT + NC_VLAN_LEN;
		u32 tag = __builtin_bswap32(packet->vlan);

		len -= NC_VLAN_AT;
		nc_cap(len, NC_WINDOW - behind);
		if (bpf_probe_read_kernel(window, NC_VLAN_AT, (void *)packet->start))
			return 0;
		__builtin_memcpy(window + NC_VLAN_AT, &tag, NC_VLAN_LEN);
		if (bpf_probe_read_kernel(window + behind, len,
					  (void *)(packet->start + NC_VLAN_AT)))
			return 0;
		return behind + len;
	}
	nc_cap(len, NC_WINDOW);
	if (nc_read_bytes(window, len, (void *)packet->start))
		return 0;
	return len;
}

/* Bytes of the packet that can be read: all, wherever they are. */
static __always_inline u32 nc_packet_at_hand(const struct nc_packet *packet)
{
	return packet->len;
}

#ifdef NC_REBUILDS
static __always_inline u64 nc_made_number(const struct nc_packet *packet, u64 at, u32 size);
#endif

static __always_inline u64 nc_packet_number(const struct nc_packet *packet, u64 at, u32 size)
{
#ifdef NC_REBUILDS
	if (packet->made_len)
		return nc_made_number(packet, at, size);
#endif
	return nc_load(packet->start, packet->skb, (u64)packet->linear << 32 | packet->len,
		       (u64)packet->vlan << 32 | (u32)at, size);
}

#ifdef NC_IN_PLACE
static __always_inline bool nc_packet_piece(const struct nc_packet *packet, u32 at, u32 len,
					    u32 before, const u8 **bytes)
{
	if (packet->vlan || packet->linear < at + len)
		return false;
	*bytes = nc_bytes(packet->start + at - before);
	return true;
}
#endif

#include "script.h"
#include "stacks.h"

#ifdef NC_REBUILDS
_Static_assert(!__builtin_offsetof(struct nc_scratch, packet), "a packet begins the memory it is in");
_Static_assert(NC_WINDOW > NC_REBUILT_MAX, "the window has room for headers that are made");

/* A number behind headers that were made, or on their border, byte by byte. */
static __always_inline u64 nc_made_number(const struct nc_packet *packet, u64 at, u32 size)
{
	const u8 *window = (const u8 *)((const struct nc_scratch *)packet)->window;
	u64 number = 0, byte;
	u64 made = packet->made_len;

	for (u32 i = 0; i < 4; i++, at++) {
		if (i >= size)
			break;
		if (at < made) {
			u64 in_window = at;

			nc_cap(in_window, NC_REBUILT_MAX - 1);
			byte = window[in_window];
		} else {
			byte = nc_load(packet->start, packet->skb,
				       (u64)packet->linear << 32 | (u32)(packet->len - made),
				       (u32)(at - made), 1);
		}
		if (byte >= NC_NOT_THERE)
			return byte;
		number = number << 8 | byte;
	}
	return number;
}
#endif

/* The names of the points. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64[NC_TEXT_WORDS]);
} nc_names SEC(".maps");

static __always_inline u64 nc_now(const struct nc_run *run)
{
	return bpf_ktime_get_ns();
}

static __always_inline u64 nc_cpu(const struct nc_run *run)
{
	return bpf_get_smp_processor_id();
}

static __always_inline u64 nc_pid(const struct nc_run *run)
{
	return bpf_get_current_pid_tgid() >> 32;
}

static __always_inline u64 nc_tid(const struct nc_run *run)
{
	return (u32)bpf_get_current_pid_tgid();
}

static __always_inline u64 nc_cgroup(const struct nc_run *run)
{
	return bpf_get_current_cgroup_id();
}

static __always_inline void nc_comm(const struct nc_run *run, u64 *text)
{
	nc_clear(text, NC_TEXT_WORDS);
	bpf_get_current_comm(text, NC_NAME_LEN);
}

static __always_inline bool nc_function(const struct nc_run *run, u64 *text)
{
	u32 point = run->point;
	const u64 *name = bpf_map_lookup_elem(&nc_names, &point);

	if (!name)
		return false;
	nc_copy(text, name, NC_TEXT_WORDS);
	return true;
}

/* skb->dev, 0 if not set */
static __always_inline u64 nc_dev(const struct nc_run *run)
{
#ifdef NC_USER_PACKET
	return 0;
#endif
	return run->skb ? (u64)nc_look(run->skb, struct sk_buff, dev) : 0;
}

static __always_inline bool nc_interface_index(const struct nc_run *run, u64 *index)
{
	u64 dev = nc_dev(run);

	if (!dev)
		return false;
	*index = nc_look(dev, struct net_device, ifindex);
	return true;
}

static __always_inline bool nc_interface_name(const struct nc_run *run, u64 *text)
{
	u64 dev = nc_dev(run);

	if (!dev)
		return false;
	nc_clear(text, NC_TEXT_WORDS);
	return bpf_probe_read_kernel_str(
		       text, NC_NAME_LEN,
		       __builtin_preserve_access_index(&((struct net_device *)dev)->name)) >= 0;
}

static __always_inline bool nc_namespace(const struct nc_run *run, u64 *number)
{
	u64 dev = nc_dev(run);
	u64 net;

	if (!dev)
		return false;
	net = (u64)nc_look(dev, struct net_device, nd_net.net);
	if (!net)
		return false;
	*number = nc_look(net, struct net___nc, ns.inum);
	return true;
}

static __always_inline bool nc_stack(const struct nc_run *run, u64 *number)
{
	s64 found = nc_stack_number(run->ctx, 0);

	*number = found;
	return found >= 0;
}

#ifdef NC_REBUILDS
/* nc_copy_pieces() of a packet some headers of which were made. */
static __always_inline u64 nc_copy_made(const struct nc_scratch *s, u8 *to, u64 bytes, u64 size)
{
	const struct nc_packet *packet = &s->packet;
	u64 made = packet->made_len;

	if (made > bytes)
		made = bytes;
	nc_cap(made, NC_REBUILT_MAX);
	if (bpf_probe_read_kernel(to, made, s->window))
		return 0;
	return nc_copy_rest(packet->skb, packet->start, packet->linear, to, made, bytes, size);
}
#endif

/*
 * Sends an event with the fields in the scratch memory of this level and the packet's first bytes.
 * 1 if it is in the ring buffer. As nc_emit_packed(), for a script's packet, which there may be none of.
 */
__noinline u32 nc_send_packed(u32 level, u32 point, u32 capture, u64 skb)
{
	struct nc_scratch *s = nc_scratch_at(level);
	u64 bytes, size, record, copied = 0;
	struct nc_event *event;
	u32 linear, vlan;
	bool whole;
	u8 *to;

	if (!s)
		return 0;
	bytes = s->packet.len;
	linear = s->packet.linear;
	vlan = s->packet.vlan;
	if (bytes > capture)
		bytes = capture;
	if (bytes > nc_config.capture_max)
		bytes = nc_config.capture_max;
	whole = !vlan && bytes <= linear;
#ifdef NC_REBUILDS
	whole = whole && !s->packet.made_len;
#endif
	size = nc_size_class(whole ? bytes : nc_config.capture_max);
	record = sizeof(*event) + sizeof(s->fields) + (whole ? size : 2 * size);
	event = bpf_ringbuf_reserve(&nc_ring, record, 0);
	if (!event)
		return 0;

	to = (u8 *)(event + 1) + sizeof(s->fields);
	event->time_ns = bpf_ktime_get_ns();
	event->skb = skb;
	event->packet_len = s->packet.len;
	event->point = nc_config.first_point + point;
	event->link = s->packet.link;
	event->field_words = NC_FIELD_WORDS;
	nc_put_task(event);
#ifdef NC_USER_PACKET
	nc_put_device(event, 0);
#else
	nc_put_device(event, skb);
#endif
	bpf_probe_read_kernel(event + 1, sizeof(s->fields), s->fields);
	if (whole) {
		nc_cap(bytes, size);
		if (!nc_read_bytes(to, bytes, (void *)s->packet.start))
			copied = bytes;
	} else {
#ifdef NC_REBUILDS
		if (s->packet.made_len)
			copied = nc_copy_made(s, to, bytes, size);
		else
#endif
		copied = nc_copy_pieces(skb, s->packet.start, linear, vlan, to, bytes, size);
	}
	event->captured_len = copied;
	event->flags = copied < bytes ? NC_EVENT_UNREADABLE : 0;
#ifdef NC_REBUILDS
	event->flags |= s->packet.made;
	if (s->packet.made)
		event->protocol = s->packet.made_type;
#endif
	bpf_ringbuf_submit(event, nc_wakeup(event, record));
	return 1;
}

static __always_inline void nc_send(struct nc_run *run)
{
	if (nc_send_packed(run->level, run->point, run->capture, run->skb) == 1)
		run->events++;
	else
		run->lost++;
}

#endif
