/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A packet in a program's own memory: DPDK's struct rte_mbuf and the ones that follow it, or bytes and
 * their number. Included by skb.h in the place of what it knows of an sk_buff, where the generated text
 * defines NC_USER_PACKET; and for mbufs NC_MBUF_BUF_ADDR, NC_MBUF_DATA_OFF, NC_MBUF_PKT_LEN,
 * NC_MBUF_DATA_LEN and NC_MBUF_NEXT, the offsets of these members.
 *
 * Packets begin with an Ethernet header. packet.skb is the address of the mbuf, or of the bytes: what a
 * packet is known by, and never read as an sk_buff.
 */
#ifndef NETCAP_USER_PACKET_H
#define NETCAP_USER_PACKET_H

#define nc_read_bytes bpf_probe_read_user

#ifdef NC_MBUF_NEXT
/* A number of an mbuf; false where its memory cannot be read. */
#define nc_mbuf(mbuf, offset, to) (!bpf_probe_read_user((to), sizeof(*(to)), (void *)((mbuf) + (offset))))

/* The same as of an sk_buff: see skb.h. */
static __always_inline bool nc_segment_at(u64 mbuf, u32 offset, u64 *address, u32 *rest)
{
	u64 next = 0;

	if (!nc_mbuf(mbuf, NC_MBUF_NEXT, &next))
		return false;
	for (int i = 0; i < NC_SEGMENTS_MAX; i++) {
		u16 len = 0, start = 0;
		u64 buffer = 0;

		if (!next || !nc_mbuf(next, NC_MBUF_DATA_LEN, &len))
			return false;
		if (offset < len) {
			if (nc_mbuf(next, NC_MBUF_BUF_ADDR, &buffer) &&
			    nc_mbuf(next, NC_MBUF_DATA_OFF, &start))
				*address = buffer + start + offset;
			*rest = len - offset;
			return true;
		}
		offset = nc_any(offset - len);
		mbuf = next;
		next = 0;
		if (!nc_mbuf(mbuf, NC_MBUF_NEXT, &next))
			return false;
	}
	return false;
}

/* The packet of an mbuf. False: there is none, or it cannot be read. */
static __always_inline bool nc_user_find(u64 mbuf, u64 unused, struct nc_packet *packet)
{
	u16 start = 0, linear = 0;
	u64 buffer = 0;
	u32 len = 0;

	if (!mbuf || !nc_mbuf(mbuf, NC_MBUF_BUF_ADDR, &buffer) ||
	    !nc_mbuf(mbuf, NC_MBUF_DATA_OFF, &start) || !nc_mbuf(mbuf, NC_MBUF_DATA_LEN, &linear) ||
	    !nc_mbuf(mbuf, NC_MBUF_PKT_LEN, &len))
		return false;
	packet->start = buffer + start;
	packet->linear = linear < len ? linear : len;
	packet->len = len;
	packet->link = NC_LINK_ETHERNET;
	return len > 0;
}
#else
static __always_inline bool nc_segment_at(u64 bytes, u32 offset, u64 *address, u32 *rest)
{
	/* Arguments that nobody looks at would not be set by callers, which the verifier wants. */
	nc_forget(bytes);
	nc_forget(offset);
	return false;
}

/* As many bytes at an address. */
static __always_inline bool nc_user_find(u64 bytes, u64 len, struct nc_packet *packet)
{
	/*
	 * An int or a size_t: what is negative is none. Of an int the register's upper half says
	 * nothing, and no packet is as long as to need it.
	 */
	if (!bytes || (s32)len <= 0)
		return false;
	packet->start = bytes;
	packet->linear = len;
	packet->len = len;
	packet->link = NC_LINK_ETHERNET;
	return true;
}
#endif

#endif
