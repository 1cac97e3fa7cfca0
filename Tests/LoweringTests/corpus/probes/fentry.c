/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* fentry, the skb is argument 1 */
#define NC_TYPED_ARGUMENTS 1
#define NC_SKB_ARGUMENT 0

#include "probe.h"
#include "filter.h"

/* Packets that match: icmp and host 10.9.0.2 */

#define NC_FILTER_ETHERNET_WINDOW 34
#define NC_FILTER_ETHERNET_ALIGN 2

static __always_inline int nc_filter_ethernet_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	nc_u32 a = 0;

	if (is_short && packet_len < 14)	/* (000) ldh [12] */
		return 0;
	a = nc_window_u16(window, 12);
	if (a != 0x800)				/* (001) jeq #0x800 jt 2 jf 9 */
		return 0;
	if (is_short && packet_len < 24)	/* (002) ldb [23] */
		return 0;
	a = nc_window_u8(window, 23);
	if (a != 0x1)				/* (003) jeq #0x1 jt 4 jf 9 */
		return 0;
	if (is_short && packet_len < 30)	/* (004) ld [26] */
		return 0;
	a = nc_window_u32(window, 26);
	if (a == 0xa090002)			/* (005) jeq #0xa090002 jt 8 jf 6 */
		return 1;
	if (is_short && packet_len < 34)	/* (006) ld [30] */
		return 0;
	a = nc_window_u32(window, 30);
	if (a != 0xa090002)			/* (007) jeq #0xa090002 jt 8 jf 9 */
		return 0;
	return 1;				/* (008) ret #262144 */
}

static __always_inline int nc_filter_ethernet_fast(const nc_u8 *window, nc_u32 packet_len,
						  const struct nc_packet *packet)
{
	return packet_len >= NC_FILTER_ETHERNET_WINDOW ?
		       nc_filter_ethernet_window(window, packet_len, 0) :
		       nc_filter_ethernet_window(window, packet_len, 1);
}

static __noinline int nc_filter_ethernet_slow(const struct nc_packet *packet,
						 nc_u32 packet_len)
{
	nc_u32 a = 0;
	int error;

	error = nc_packet_load(packet, 12, 2, &a);	/* (000) ldh [12] */
	if (error)
		goto failed;
	if (a != 0x800)				/* (001) jeq #0x800 jt 2 jf 9 */
		return 0;
	error = nc_packet_load(packet, 23, 1, &a);	/* (002) ldb [23] */
	if (error)
		goto failed;
	if (a != 0x1)				/* (003) jeq #0x1 jt 4 jf 9 */
		return 0;
	error = nc_packet_load(packet, 26, 4, &a);	/* (004) ld [26] */
	if (error)
		goto failed;
	if (a == 0xa090002)			/* (005) jeq #0xa090002 jt 8 jf 6 */
		return 1;
	error = nc_packet_load(packet, 30, 4, &a);	/* (006) ld [30] */
	if (error)
		goto failed;
	if (a != 0xa090002)			/* (007) jeq #0xa090002 jt 8 jf 9 */
		return 0;
	return 1;				/* (008) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}

NC_VERDICT(ethernet, ETHERNET)

#define NC_FILTER_RAW_IP_WINDOW 20
#define NC_FILTER_RAW_IP_ALIGN 0

static __always_inline int nc_filter_raw_ip_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	nc_u32 a = 0;

	if (is_short && packet_len < 1)		/* (000) ldb [0] */
		return 0;
	a = nc_window_u8(window, 0);
	a &= 0xf0;				/* (001) and #0xf0 */
	if (a != 0x40)				/* (002) jeq #0x40 jt 3 jf 10 */
		return 0;
	if (is_short && packet_len < 10)	/* (003) ldb [9] */
		return 0;
	a = nc_window_u8(window, 9);
	if (a != 0x1)				/* (004) jeq #0x1 jt 5 jf 10 */
		return 0;
	if (is_short && packet_len < 16)	/* (005) ld [12] */
		return 0;
	a = nc_window_u32(window, 12);
	if (a == 0xa090002)			/* (006) jeq #0xa090002 jt 9 jf 7 */
		return 1;
	if (is_short && packet_len < 20)	/* (007) ld [16] */
		return 0;
	a = nc_window_u32(window, 16);
	if (a != 0xa090002)			/* (008) jeq #0xa090002 jt 9 jf 10 */
		return 0;
	return 1;				/* (009) ret #262144 */
}

static __always_inline int nc_filter_raw_ip_fast(const nc_u8 *window, nc_u32 packet_len,
						  const struct nc_packet *packet)
{
	return packet_len >= NC_FILTER_RAW_IP_WINDOW ?
		       nc_filter_raw_ip_window(window, packet_len, 0) :
		       nc_filter_raw_ip_window(window, packet_len, 1);
}

static __noinline int nc_filter_raw_ip_slow(const struct nc_packet *packet,
						 nc_u32 packet_len)
{
	nc_u32 a = 0;
	int error;

	error = nc_packet_load(packet, 0, 1, &a);	/* (000) ldb [0] */
	if (error)
		goto failed;
	a &= 0xf0;				/* (001) and #0xf0 */
	if (a != 0x40)				/* (002) jeq #0x40 jt 3 jf 10 */
		return 0;
	error = nc_packet_load(packet, 9, 1, &a);	/* (003) ldb [9] */
	if (error)
		goto failed;
	if (a != 0x1)				/* (004) jeq #0x1 jt 5 jf 10 */
		return 0;
	error = nc_packet_load(packet, 12, 4, &a);	/* (005) ld [12] */
	if (error)
		goto failed;
	if (a == 0xa090002)			/* (006) jeq #0xa090002 jt 9 jf 7 */
		return 1;
	error = nc_packet_load(packet, 16, 4, &a);	/* (007) ld [16] */
	if (error)
		goto failed;
	if (a != 0xa090002)			/* (008) jeq #0xa090002 jt 9 jf 10 */
		return 0;
	return 1;				/* (009) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}

NC_VERDICT(raw_ip, RAW_IP)

#include "fentry.h"
