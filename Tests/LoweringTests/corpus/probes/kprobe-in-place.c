/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* kprobe, the skb is argument 2 */
#define NC_IN_PLACE 1
#define NC_KPROBE 1
#define NC_SKB_ARGUMENT 1

#include "probe.h"
#include "filter.h"

/* Packets that match: udp port 1 */

#define NC_FILTER_ETHERNET_WINDOW 58
#define NC_FILTER_ETHERNET_ALIGN 2

static __always_inline int nc_filter_ethernet_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	nc_u32 a = 0;

	if (is_short && packet_len < 14)	/* (000) ldh [12] */
		return 0;
	a = nc_window_u16(window, 12);
	if (a != 0x86dd)			/* (001) jeq #0x86dd jt 2 jf 8 */
		goto L8;
	if (is_short && packet_len < 21)	/* (002) ldb [20] */
		return 0;
	a = nc_window_u8(window, 20);
	if (a != 0x11)				/* (003) jeq #0x11 jt 4 jf 19 */
		return 0;
	if (is_short && packet_len < 56)	/* (004) ldh [54] */
		return 0;
	a = nc_window_u16(window, 54);
	if (a == 0x1)				/* (005) jeq #0x1 jt 18 jf 6 */
		return 1;
	if (is_short && packet_len < 58)	/* (006) ldh [56] */
		return 0;
	a = nc_window_u16(window, 56);
	if (a == 0x1)				/* (007) jeq #0x1 jt 18 jf 19 */
		return 1;
	return 0;
L8:
	if (a != 0x800)				/* (008) jeq #0x800 jt 9 jf 19 */
		return 0;
	if (is_short && packet_len < 24)	/* (009) ldb [23] */
		return 0;
	a = nc_window_u8(window, 23);
	if (a != 0x11)				/* (010) jeq #0x11 jt 11 jf 19 */
		return 0;
	a = nc_window_u16(window, 20);		/* (011) ldh [20] */
	if (a & 0x1fff)				/* (012) jset #0x1fff jt 19 jf 13 */
		return 0;
	if ((nc_window_u8(window, 14) & 0xf) != 5)	/* (013) ldxb 4*([14]&0xf) */
		return NC_FILTER_RETRY;
	if (is_short && packet_len < 36)	/* (014) ldh [x + 14] */
		return 0;
	a = nc_window_u16(window, 34);
	if (a == 0x1)				/* (015) jeq #0x1 jt 18 jf 16 */
		return 1;
	if (is_short && packet_len < 38)	/* (016) ldh [x + 16] */
		return 0;
	a = nc_window_u16(window, 36);
	if (a != 0x1)				/* (017) jeq #0x1 jt 18 jf 19 */
		return 0;
	return 1;				/* (018) ret #262144 */
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
	nc_u32 a = 0, x = 0;
	int error;

	error = nc_packet_load(packet, 12, 2, &a);	/* (000) ldh [12] */
	if (error)
		goto failed;
	if (a != 0x86dd)			/* (001) jeq #0x86dd jt 2 jf 8 */
		goto L8;
	error = nc_packet_load(packet, 20, 1, &a);	/* (002) ldb [20] */
	if (error)
		goto failed;
	if (a != 0x11)				/* (003) jeq #0x11 jt 4 jf 19 */
		return 0;
	error = nc_packet_load(packet, 54, 2, &a);	/* (004) ldh [54] */
	if (error)
		goto failed;
	if (a == 0x1)				/* (005) jeq #0x1 jt 18 jf 6 */
		return 1;
	error = nc_packet_load(packet, 56, 2, &a);	/* (006) ldh [56] */
	if (error)
		goto failed;
	if (a == 0x1)				/* (007) jeq #0x1 jt 18 jf 19 */
		return 1;
	return 0;
L8:
	if (a != 0x800)				/* (008) jeq #0x800 jt 9 jf 19 */
		return 0;
	error = nc_packet_load(packet, 23, 1, &a);	/* (009) ldb [23] */
	if (error)
		goto failed;
	if (a != 0x11)				/* (010) jeq #0x11 jt 11 jf 19 */
		return 0;
	error = nc_packet_load(packet, 20, 2, &a);	/* (011) ldh [20] */
	if (error)
		goto failed;
	if (a & 0x1fff)				/* (012) jset #0x1fff jt 19 jf 13 */
		return 0;
	error = nc_packet_load(packet, 14, 1, &x);	/* (013) ldxb 4*([14]&0xf) */
	if (error)
		goto failed;
	x = 4 * (x & 0xf);
	error = nc_filter_load_indirect(packet, x, 14, 2, &a);	/* (014) ldh [x + 14] */
	if (error)
		goto failed;
	if (a == 0x1)				/* (015) jeq #0x1 jt 18 jf 16 */
		return 1;
	error = nc_filter_load_indirect(packet, x, 16, 2, &a);	/* (016) ldh [x + 16] */
	if (error)
		goto failed;
	if (a != 0x1)				/* (017) jeq #0x1 jt 18 jf 19 */
		return 0;
	return 1;				/* (018) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}

NC_VERDICT(ethernet, ETHERNET)

#define NC_FILTER_RAW_IP_WINDOW 44
#define NC_FILTER_RAW_IP_ALIGN 0

static __always_inline int nc_filter_raw_ip_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	nc_u32 a = 0;

	if (is_short && packet_len < 1)		/* (000) ldb [0] */
		return 0;
	a = nc_window_u8(window, 0);
	a &= 0xf0;				/* (001) and #0xf0 */
	if (a != 0x60)				/* (002) jeq #0x60 jt 3 jf 9 */
		goto L9;
	if (is_short && packet_len < 7)		/* (003) ldb [6] */
		return 0;
	a = nc_window_u8(window, 6);
	if (a != 0x11)				/* (004) jeq #0x11 jt 5 jf 22 */
		return 0;
	if (is_short && packet_len < 42)	/* (005) ldh [40] */
		return 0;
	a = nc_window_u16(window, 40);
	if (a == 0x1)				/* (006) jeq #0x1 jt 21 jf 7 */
		return 1;
	if (is_short && packet_len < 44)	/* (007) ldh [42] */
		return 0;
	a = nc_window_u16(window, 42);
	if (a == 0x1)				/* (008) jeq #0x1 jt 21 jf 22 */
		return 1;
	return 0;
L9:
	a = nc_window_u8(window, 0);		/* (009) ldb [0] */
	a &= 0xf0;				/* (010) and #0xf0 */
	if (a != 0x40)				/* (011) jeq #0x40 jt 12 jf 22 */
		return 0;
	if (is_short && packet_len < 10)	/* (012) ldb [9] */
		return 0;
	a = nc_window_u8(window, 9);
	if (a != 0x11)				/* (013) jeq #0x11 jt 14 jf 22 */
		return 0;
	a = nc_window_u16(window, 6);		/* (014) ldh [6] */
	if (a & 0x1fff)				/* (015) jset #0x1fff jt 22 jf 16 */
		return 0;
	if ((nc_window_u8(window, 0) & 0xf) != 5)	/* (016) ldxb 4*([0]&0xf) */
		return NC_FILTER_RETRY;
	if (is_short && packet_len < 22)	/* (017) ldh [x + 0] */
		return 0;
	a = nc_window_u16(window, 20);
	if (a == 0x1)				/* (018) jeq #0x1 jt 21 jf 19 */
		return 1;
	if (is_short && packet_len < 24)	/* (019) ldh [x + 2] */
		return 0;
	a = nc_window_u16(window, 22);
	if (a != 0x1)				/* (020) jeq #0x1 jt 21 jf 22 */
		return 0;
	return 1;				/* (021) ret #262144 */
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
	nc_u32 a = 0, x = 0;
	int error;

	error = nc_packet_load(packet, 0, 1, &a);	/* (000) ldb [0] */
	if (error)
		goto failed;
	a &= 0xf0;				/* (001) and #0xf0 */
	if (a != 0x60)				/* (002) jeq #0x60 jt 3 jf 9 */
		goto L9;
	error = nc_packet_load(packet, 6, 1, &a);	/* (003) ldb [6] */
	if (error)
		goto failed;
	if (a != 0x11)				/* (004) jeq #0x11 jt 5 jf 22 */
		return 0;
	error = nc_packet_load(packet, 40, 2, &a);	/* (005) ldh [40] */
	if (error)
		goto failed;
	if (a == 0x1)				/* (006) jeq #0x1 jt 21 jf 7 */
		return 1;
	error = nc_packet_load(packet, 42, 2, &a);	/* (007) ldh [42] */
	if (error)
		goto failed;
	if (a == 0x1)				/* (008) jeq #0x1 jt 21 jf 22 */
		return 1;
	return 0;
L9:
	error = nc_packet_load(packet, 0, 1, &a);	/* (009) ldb [0] */
	if (error)
		goto failed;
	a &= 0xf0;				/* (010) and #0xf0 */
	if (a != 0x40)				/* (011) jeq #0x40 jt 12 jf 22 */
		return 0;
	error = nc_packet_load(packet, 9, 1, &a);	/* (012) ldb [9] */
	if (error)
		goto failed;
	if (a != 0x11)				/* (013) jeq #0x11 jt 14 jf 22 */
		return 0;
	error = nc_packet_load(packet, 6, 2, &a);	/* (014) ldh [6] */
	if (error)
		goto failed;
	if (a & 0x1fff)				/* (015) jset #0x1fff jt 22 jf 16 */
		return 0;
	error = nc_packet_load(packet, 0, 1, &x);	/* (016) ldxb 4*([0]&0xf) */
	if (error)
		goto failed;
	x = 4 * (x & 0xf);
	error = nc_filter_load_indirect(packet, x, 0, 2, &a);	/* (017) ldh [x + 0] */
	if (error)
		goto failed;
	if (a == 0x1)				/* (018) jeq #0x1 jt 21 jf 19 */
		return 1;
	error = nc_filter_load_indirect(packet, x, 2, 2, &a);	/* (019) ldh [x + 2] */
	if (error)
		goto failed;
	if (a != 0x1)				/* (020) jeq #0x1 jt 21 jf 22 */
		return 0;
	return 1;				/* (021) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}

NC_VERDICT(raw_ip, RAW_IP)

#include "kprobe.h"
