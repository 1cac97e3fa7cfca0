/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * From a packet that matched to an event in the ring buffer.
 *
 * The verifier wants the size of a reservation to be a constant: records come in size classes. It
 * also cannot relate an offset to a length, so a record of pieces has room for a whole class behind
 * every offset, i.e. twice the class.
 */
#ifndef NETCAP_CAPTURE_H
#define NETCAP_CAPTURE_H

#include "skb.h"

/* The smallest power of two, from 128 on, that holds `bytes`; a constant on each verified path. */
static __always_inline u64 nc_size_class(u64 bytes)
{
	u64 size = 128;

#define NC_CLASS(bound)                                                                           \
	if (bytes > (bound) && nc_config.capture_max > (bound))                                    \
		size = (bound) * 2;                                                                \
	nc_forget(size);
	NC_CLASS(128)
	NC_CLASS(256)
	NC_CLASS(512)
	NC_CLASS(1024)
	NC_CLASS(2048)
	NC_CLASS(4096)
	NC_CLASS(8192)
	NC_CLASS(16384)
	NC_CLASS(32768)
#undef NC_CLASS
	return size;
}

/*
 * Copies what is left of the packet's first `bytes` bytes behind the `done` first ones of `to`: from
 * this address on, of which `len` bytes are in the linear part, and from what follows that. As
 * nc_copy_pieces(), which see.
 */
static __always_inline u64 nc_copy_rest(u64 skb, u64 address, u32 len, u8 *to, u64 done, u64 bytes,
					u64 size)
{
	u32 behind = 0;

	if (done >= bytes)
		return bytes;
	done = nc_any(done);
	for (int i = 0; i < NC_SEGMENTS_MAX; i++) {
		u64 wanted = nc_smaller(len, bytes - done);

		/* Small captures need few pieces; fewer rounds are verified sooner. */
		if (i > 8 + nc_config.capture_max / 64)
			break;
		nc_cap(done, size);
		nc_cap(wanted, size);
		if (nc_read_bytes(to + done, wanted, (void *)address))
			break;
		done = nc_any(done + wanted);
		if (done >= bytes)
			break;
		len = nc_rest_behind(skb, behind);
		address = nc_address_behind(skb, behind);
		if (!len || !address)
			break;
		behind += len;
	}
	return done;
}

/*
 * Copies the packet's first `bytes` bytes piece by piece into `to`, which has room for twice `size`.
 * Returns how many were copied: fewer where some cannot be read.
 */
static __always_inline u64 nc_copy_pieces(u64 skb, u64 start, u32 linear, u32 vlan, u8 *to,
					  u64 bytes, u64 size)
{
	u64 address = start;
	u32 len = linear;
	u64 done = 0;

	if (vlan) {
		u32 tag = __builtin_bswap32(vlan);

		if (bpf_probe_read_kernel(to, NC_VLAN_AT, (void *)address))
			return 0;
		__builtin_memcpy(to + NC_VLAN_AT, &tag, NC_VLAN_LEN);
		done = NC_VLAN_AT + NC_VLAN_LEN;
		address += NC_VLAN_AT;
		len -= NC_VLAN_AT;
	}
	return nc_copy_rest(skb, address, len, to, done, bytes, size);
}

/* Where it happens: the CPU, and what runs there. */
static __always_inline void nc_put_task(struct nc_event *event)
{
#ifdef NC_IN_PLACE
	const struct task_struct *task = bpf_get_current_task_btf();
	const nc_any_u64 *comm = (const nc_any_u64 *)task->comm;

	event->tgid = task->tgid;
	event->tid = task->pid;
	((nc_any_u64 *)event->comm)[0] = comm[0];
	((nc_any_u64 *)event->comm)[1] = comm[1];
#else
	u64 id = bpf_get_current_pid_tgid();

	event->tgid = id >> 32;
	event->tid = id;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
#endif
	event->cpu = bpf_get_smp_processor_id();
}

/* The skb's protocol and its device, which it may have none of; no skb has neither. */
static __always_inline void nc_put_device(struct nc_event *event, u64 skb)
{
	nc_any_u64 *name = (nc_any_u64 *)event->ifname;
	u64 dev = 0;

	event->protocol = 0;
	if (skb) {
		event->protocol = nc_swap16(nc_look(skb, struct sk_buff, protocol));
		dev = (u64)nc_look(skb, struct sk_buff, dev);
	}
	if (unlikely(!dev)) {
		event->ifindex = 0;
		event->netns = 0;
		name[0] = 0;
		name[1] = 0;
		return;
	}
	event->ifindex = nc_look(dev, struct net_device, ifindex);
	event->netns = nc_look(nc_look(dev, struct net_device, nd_net.net), struct net___nc, ns.inum);
#ifdef NC_IN_PLACE
	const nc_any_u64 *from = (const nc_any_u64 *)nc_as(dev, struct net_device)->name;

	name[0] = from[0];
	name[1] = from[1];
#else
	bpf_probe_read_kernel(event->ifname, sizeof(event->ifname),
			      __builtin_preserve_access_index(&((struct net_device *)dev)->name));
#endif
}

/*
 * How to submit a record of this size: the reader is woken each time that nc_config.wakeup_bytes, a
 * power of two, have been written. The record's address tells: what 32 bits of it are moved to is a
 * number.
 */
static __always_inline u64 nc_wakeup(const void *record, u32 size)
{
	u32 at, next;

	asm volatile("%0 = %1" : "=w"(at) : "w"((u32)(u64)record));
	next = at + ((size + NC_RECORD_HEADER_LEN + 7) & -8U);
	return (at ^ next) & -nc_config.wakeup_bytes ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

/*
 * Writes an event with the packet's first bytes; returns an enum nc_outcome. Its arguments are those
 * of struct nc_packet, packed: as a global function it is verified once, whatever the filter.
 */
__noinline int nc_emit_packed(u64 skb, u64 start, u64 linear_len, u64 vlan_link_point)
{
	u32 linear = linear_len >> 32, len = linear_len;
	u32 vlan = vlan_link_point >> 32;
	u64 bytes = len;
	u64 size, record, copied;
	struct nc_event *event;
	bool whole;
	u8 *to;

	if (bytes > nc_config.capture_max)
		bytes = nc_config.capture_max;
	whole = !vlan && bytes <= linear;
	size = nc_size_class(whole ? bytes : nc_config.capture_max);
	record = sizeof(*event) + (whole ? size : 2 * size);
	event = bpf_ringbuf_reserve(&nc_ring, record, 0);
	if (!event)
		return NC_RING_FULL;

	to = (u8 *)(event + 1);
	event->time_ns = bpf_ktime_get_ns();
	event->skb = skb;
	event->packet_len = len;
	event->point = (u16)vlan_link_point;
	event->link = vlan_link_point >> 16;
	event->field_words = 0;
	nc_put_task(event);
	nc_put_device(event, skb);
	if (whole) {
		nc_cap(bytes, size);
		copied = bpf_probe_read_kernel(to, bytes, (void *)start) ? 0 : bytes;
	} else {
		copied = nc_copy_pieces(skb, start, linear, vlan, to, bytes, size);
	}
	event->captured_len = copied;
	event->flags = copied < bytes ? NC_EVENT_UNREADABLE : 0;
	bpf_ringbuf_submit(event, nc_wakeup(event, record));
	return NC_EMITTED;
}

static __always_inline enum nc_outcome nc_emit(const struct nc_packet *packet, u32 point)
{
	int outcome = nc_emit_packed(packet->skb, packet->start,
				     (u64)packet->linear << 32 | packet->len,
				     (u64)packet->vlan << 32 | packet->link << 16 | (u16)point);

	/* What a global function returns could be anything to the verifier. */
	return outcome == NC_EMITTED ? NC_EMITTED : NC_RING_FULL;
}

#endif
