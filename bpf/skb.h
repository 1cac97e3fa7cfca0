/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A packet in an sk_buff: where it starts, and its bytes wherever they are: in the linear part, in
 * page fragments, in the buffers of frag_list. An offloaded VLAN tag is seen where it stands on the
 * wire, behind the two addresses.
 */
#ifndef NETCAP_SKB_H
#define NETCAP_SKB_H

#include "maps.h"

#define NC_VLAN_AT 12      /* bytes before a VLAN tag */
#define NC_VLAN_LEN 4      /* bytes of a VLAN tag */
#define NC_ETHERNET_LEN 14 /* bytes of an Ethernet header */
#define NC_SEGMENTS_MAX 64 /* fragments and buffers looked at: a datagram of 64 KiB has 45 */

/* Outcome of nc_packet_load() */
#define NC_LOAD_BEYOND 1
#define NC_LOAD_FAULT (-1)

struct nc_packet {
	u64 skb;      /* address of the sk_buff, a number to the verifier; set when it is needed */
	u64 start;    /* address of the packet's first byte */
	u32 start_at; /* offset of that byte from skb->head */
	u32 linear;   /* bytes from there on in the linear part */
	u32 len;      /* bytes from there on in all, an offloaded VLAN tag included */
	u32 vlan;     /* EtherType and TCI of an offloaded VLAN tag, as on the wire; 0: none */
	u32 link;     /* enum nc_link */
#ifdef NC_REBUILDS
	u32 made;      /* NC_EVENT_MADE_*: headers that are not in the skb */
	u32 made_len;  /* their bytes, in the window; `start` and `linear` begin behind them */
	u32 made_type; /* the packet's EtherType */
#endif
};

#define NC_REBUILT_MAX 104 /* bytes of headers that are made: Ethernet with a tag, IP, TCP */

/*
 * Makes numbers of the packet's addresses, which may be handed to global functions. Read as what they
 * are, they are pointers to the verifier; read from where they are kept, as numbers, they are not.
 */
static __always_inline void nc_packet_numbers(struct nc_packet *packet, const void *skb,
					      const u64 *slot)
{
	u64 number = (u64)skb;

#ifdef NC_IN_PLACE
#ifdef NC_TYPED_ARGUMENTS
	number = *(const u64 *)nc_bytes(slot);
#endif
	/* From 6.17 on what the type says is a pointer is one, however it was come by. */
	packet->start = nc_look_number(number, struct sk_buff, head) + packet->start_at;
#elif defined(NC_TYPED_ARGUMENTS)
	bpf_probe_read_kernel(&number, sizeof(number), slot);
	packet->start = (u64)nc_read(number, struct sk_buff, head) + packet->start_at;
#endif
	packet->skb = number;
}

static __always_inline u64 nc_shared_info(u64 skb)
{
	return (u64)nc_read(skb, struct sk_buff, head) + nc_read(skb, struct sk_buff, end);
}

/*
 * Global functions are verified once, with any arguments, and not again at each call; their result
 * is any number. So what walks over segments is made of them: its loops do not multiply with the
 * paths of callers. For 5.10 they take and return numbers only.
 */

/* Hides from the verifier what it knows of a number, so that two paths look the same to it. */
__noinline u32 nc_any(u32 number)
{
	nc_forget(number);
	return number;
}

/* The smaller one, as one path. */
__noinline u32 nc_smaller(u32 a, u32 b)
{
	nc_forget(a);
	return a < b ? a : b;
}

#ifdef NC_USER_PACKET
#include "user_packet.h"
#else
#define nc_read_bytes bpf_probe_read_kernel

/* Where the fragment is described: an element of skb_shared_info.frags. */
static __always_inline u64 nc_frag(u64 info, u32 index)
{
	if (nc_field_exists(((struct skb_frag *)0)->netmem))
		return info +
		       nc_field_byte_offset(((struct skb_shared_info___netmem *)0)->frags) +
		       index * nc_type_size(struct skb_frag);
	return info + nc_field_byte_offset(((struct skb_shared_info___bio_vec *)0)->frags) +
	       index * nc_type_size(struct bio_vec);
}

/* Bytes of the fragment with this index. */
__noinline u32 nc_frag_len(u64 info, u32 index)
{
	u64 frag = nc_frag(info, index);

	if (nc_field_exists(((struct skb_frag *)0)->netmem))
		return nc_read(frag, struct skb_frag, len);
	return nc_read(frag, struct bio_vec, bv_len);
}

/* The address of the fragment's bytes, or 0 where the CPU cannot read them. */
__noinline u64 nc_frag_address(u64 info, u32 index)
{
	u64 frag = nc_frag(info, index);
	u64 page, page_size = nc_type_size(struct page);
	u32 offset;

	if (nc_field_exists(((struct skb_frag *)0)->netmem)) {
		page = nc_read(frag, struct skb_frag, netmem);
		offset = nc_read(frag, struct skb_frag, offset);
	} else {
		page = (u64)nc_read(frag, struct bio_vec, bv_page);
		offset = nc_read(frag, struct bio_vec, bv_offset);
	}
	if (!nc_config.vmemmap_base || !page_size || (page & 1) || page < nc_config.vmemmap_base)
		return 0;
	return nc_config.page_offset_base +
	       (((page - nc_config.vmemmap_base) / page_size) << 12) + offset;
}

/*
 * The segment behind the linear part that holds the byte at `offset` from its end. False: none does.
 * *address is 0 where the byte cannot be read, *rest is how many bytes the segment has from there.
 */
static __always_inline bool nc_segment_at(u64 skb, u32 offset, u64 *address, u32 *rest)
{
	u64 info = nc_shared_info(skb);
	u64 next = (u64)nc_read(info, struct skb_shared_info, frag_list);
	u32 frags = nc_read(info, struct skb_shared_info, nr_frags);
	u32 frag = nc_any(0);

	for (int i = 0; i < NC_SEGMENTS_MAX; i++) {
		u32 len;

		if (frag < frags) {
			len = nc_frag_len(info, frag);
			if (offset < len) {
				*address = nc_frag_address(info, frag);
				if (*address)
					*address += offset;
				*rest = len - offset;
				return true;
			}
			frag = nc_any(frag + 1);
		} else {
			if (!next)
				return false;
			len = nc_read(next, struct sk_buff, len) -
			      nc_read(next, struct sk_buff, data_len);
			if (offset < len) {
				*address = (u64)nc_read(next, struct sk_buff, data) + offset;
				*rest = len - offset;
				return true;
			}
			info = nc_shared_info(next);
			frag = nc_any(0);
			frags = nc_read(info, struct skb_shared_info, nr_frags);
			next = (u64)nc_read(next, struct sk_buff, next);
		}
		offset = nc_any(offset - len);
	}
	return false;
}

#endif /* NC_USER_PACKET */

/* The address of the byte at this offset behind the linear part; 0: it cannot be read. */
__noinline u64 nc_address_behind(u64 skb, u32 offset)
{
	u64 address = 0;
	u32 rest;

	nc_segment_at(skb, offset, &address, &rest);
	return address;
}

/* How many bytes the segment has from that byte on; 0: there is none. */
__noinline u32 nc_rest_behind(u64 skb, u32 offset)
{
	u64 address;
	u32 rest = 0;

	nc_segment_at(skb, offset, &address, &rest);
	return rest;
}

/* nc_packet_load() with its arguments packed: the value, and above it 1 << 32 or 2 << 32. */
__noinline u64 nc_load(u64 start, u64 skb, u64 linear_len, u64 vlan_offset, u32 size)
{
	u32 linear = linear_len >> 32, len = linear_len;
	u32 vlan = vlan_offset >> 32, offset = vlan_offset;
	u64 value = 0;

	if (offset >= len || size > len - offset)
		return 1ULL << 32;
	for (u32 i = 0; i < 4; i++, offset++) {
		u64 address;
		u32 at = offset;
		u8 byte;

		if (i >= size)
			break;
		if (vlan && at >= NC_VLAN_AT) {
			if (at < NC_VLAN_AT + NC_VLAN_LEN) {
				byte = vlan >> ((NC_VLAN_AT + NC_VLAN_LEN - 1 - at) * 8);
				value = value << 8 | byte;
				continue;
			}
			at -= NC_VLAN_LEN;
		}
#ifdef NC_IN_PLACE
		if (likely(at < linear)) {
			value = value << 8 | *nc_bytes(start + at);
			continue;
		}
#endif
		address = at < linear ? start + at : nc_address_behind(skb, at - linear);
		if (!address || nc_read_bytes(&byte, 1, (void *)address))
			return 2ULL << 32;
		value = value << 8 | byte;
	}
	return value;
}

/*
 * Loads a big-endian number of 1, 2 or 4 bytes. 0: it is in *value, in host order;
 * NC_LOAD_BEYOND: the packet ends before; NC_LOAD_FAULT: it is there, but cannot be read.
 */
static __always_inline int nc_packet_load(const struct nc_packet *packet, u32 offset, u32 size,
					  u32 *value)
{
	u64 result = nc_load(packet->start, packet->skb,
			     (u64)packet->linear << 32 | packet->len,
			     (u64)packet->vlan << 32 | offset, size);

	*value = result;
	if (likely(!(result >> 32)))
		return 0;
	return result >> 32 == 1 ? NC_LOAD_BEYOND : NC_LOAD_FAULT;
}

/* EtherType and TCI of an offloaded VLAN tag, or 0. */
static __always_inline u32 nc_offloaded_vlan(const void *skb)
{
	u32 protocol;

	if (nc_field_exists(((struct sk_buff___vlan_all *)0)->vlan_all)) {
		if (likely(!nc_get(skb, struct sk_buff___vlan_all, vlan_all)))
			return 0;
	} else {
		/* A bitfield of one byte; shifts are relocated as for 64 bits. */
		u64 byte = 0;
		const u8 *at = (const u8 *)skb +
			       nc_field_byte_offset(
				       ((struct sk_buff___vlan_present *)0)->vlan_present);

#ifdef NC_TYPED_ARGUMENTS
		byte = *at;
#else
		bpf_probe_read_kernel(&byte, 1, at);
#endif
		byte <<= nc_field_lshift(((struct sk_buff___vlan_present *)0)->vlan_present);
		byte >>= nc_field_rshift(((struct sk_buff___vlan_present *)0)->vlan_present);
		if (likely(!byte))
			return 0;
	}
	protocol = nc_swap16(nc_get(skb, struct sk_buff, vlan_proto));
	return protocol << 16 | nc_get(skb, struct sk_buff, vlan_tci);
}

/*
 * Where the packet starts if its headers are not simply one behind the other: at the MAC header of
 * an Ethernet device, else at skb->data where that lies a device header before the network header,
 * else at the network header. A MAC header behind skb->data is a stale one: something has been put
 * before it. Returns the link << 32 | that offset, 0: no header has been set yet.
 */
NC_OTHERS u64 nc_find_start(const void *skb, u32 data_at, u32 mac, u32 network)
{
	const void *dev = nc_get(skb, struct sk_buff, dev);
	bool ethernet = true; /* where no device says otherwise */

	if (dev) {
		u16 type = nc_get(dev, struct net_device, type);

		ethernet = nc_is_ethernet_type(type);
	}
	if (mac != 0xffff && mac <= data_at && mac != network && ethernet)
		return (u64)NC_LINK_ETHERNET << 32 | mac;
	if (network == 0 || network == 0xffff) {
		const struct sock___family *sock = nc_get(skb, struct sk_buff, sk);

		/* A frame that is sent by a socket for them has no header set. */
		if (!sock || !ethernet ||
		    nc_get(sock, struct sock___family, __sk_common.skc_family) != NC_AF_XDP)
			return 0;
		return (u64)NC_LINK_ETHERNET << 32 | data_at;
	}
	if (dev && ethernet && network == data_at + NC_ETHERNET_LEN &&
	    nc_get(dev, struct net_device, hard_header_len) == NC_ETHERNET_LEN)
		return (u64)NC_LINK_ETHERNET << 32 | data_at;
	return (u64)NC_LINK_NONE << 32 | network;
}

/* Finds where the packet starts and how long it is. False: no header has been set yet. */
static __always_inline bool nc_packet_find(const void *skb, struct nc_packet *packet)
{
	const struct sk_buff *typed = nc_typed(skb, struct sk_buff);
	u64 head = (u64)nc_of(typed, struct sk_buff, head);
	u32 data_at = (u64)nc_of(typed, struct sk_buff, data) - head;
	u32 mac = nc_of(typed, struct sk_buff, mac_header);
	u32 network = nc_of(typed, struct sk_buff, network_header);
	u32 start, end_at, linear_at;

	packet->link = NC_LINK_ETHERNET;
	if (likely(network == mac + NC_ETHERNET_LEN && mac <= data_at)) {
		start = mac;
	} else {
		u64 found = nc_find_start(skb, data_at, mac, network);

		if (!found)
			return false;
		start = found;
		packet->link = found >> 32;
	}
	end_at = data_at + nc_of(typed, struct sk_buff, len);
	linear_at = end_at - nc_of(typed, struct sk_buff, data_len);
	if (start >= linear_at)
		return false;
	packet->start = head + start;
	packet->start_at = start;
	packet->linear = linear_at - start;
	packet->len = end_at - start;
	packet->vlan = 0;
	if (packet->link == NC_LINK_ETHERNET && packet->linear >= NC_VLAN_AT) {
		packet->vlan = nc_offloaded_vlan(skb);
		if (unlikely(packet->vlan))
			packet->len += NC_VLAN_LEN;
	}
	return true;
}

/* Is skb->dev the interface asked for? NC_EMITTED says yes. */
static __always_inline enum nc_outcome nc_interface(const void *skb)
{
	const void *dev = nc_get(skb, struct sk_buff, dev);
	const void *net;

	if (!dev)
		return NC_NO_DEV;
	if (nc_get(dev, struct net_device, ifindex) != (int)nc_config.ifindex)
		return NC_OTHER_DEV;
	net = nc_get(dev, struct net_device, nd_net.net);
	if (!net || nc_get(net, struct net___nc, ns.inum) != nc_config.netns)
		return NC_OTHER_DEV;
	return NC_EMITTED;
}

#endif
