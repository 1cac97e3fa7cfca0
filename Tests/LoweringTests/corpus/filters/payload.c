#define NC_FILTER_ETHERNET_WINDOW 47
#define NC_FILTER_ETHERNET_ALIGN 2

static __always_inline int nc_filter_ethernet_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	nc_u32 a = 0, x = 0;

	if (is_short && packet_len < 14)	/* (000) ldh [12] */
		return 0;
	a = nc_window_u16(window, 12);
	if (a != 0x800)				/* (001) jeq #0x800 jt 2 jf 15 */
		return 0;
	if (is_short && packet_len < 24)	/* (002) ldb [23] */
		return 0;
	a = nc_window_u8(window, 23);
	if (a != 0x6)				/* (003) jeq #0x6 jt 4 jf 15 */
		return 0;
	a = nc_window_u16(window, 20);		/* (004) ldh [20] */
	if (a & 0x1fff)				/* (005) jset #0x1fff jt 15 jf 6 */
		return 0;
	if ((nc_window_u8(window, 14) & 0xf) != 5)	/* (006) ldxb 4*([14]&0xf) */
		return NC_FILTER_RETRY;
	x = 20;
	if (is_short && packet_len < 47)	/* (007) ldb [x + 26] */
		return 0;
	a = nc_window_u8(window, 46);
	a &= 0xf0;				/* (008) and #0xf0 */
	a >>= 2;				/* (009) rsh #2 */
	a += x;					/* (010) add x */
	x = a;					/* (011) tax */
	return NC_FILTER_RETRY;			/* (012) ld [x + 14] */
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
	if (a != 0x800)				/* (001) jeq #0x800 jt 2 jf 15 */
		return 0;
	error = nc_packet_load(packet, 23, 1, &a);	/* (002) ldb [23] */
	if (error)
		goto failed;
	if (a != 0x6)				/* (003) jeq #0x6 jt 4 jf 15 */
		return 0;
	error = nc_packet_load(packet, 20, 2, &a);	/* (004) ldh [20] */
	if (error)
		goto failed;
	if (a & 0x1fff)				/* (005) jset #0x1fff jt 15 jf 6 */
		return 0;
	error = nc_packet_load(packet, 14, 1, &x);	/* (006) ldxb 4*([14]&0xf) */
	if (error)
		goto failed;
	x = 4 * (x & 0xf);
	error = nc_filter_load_indirect(packet, x, 26, 1, &a);	/* (007) ldb [x + 26] */
	if (error)
		goto failed;
	a &= 0xf0;				/* (008) and #0xf0 */
	a >>= 2;				/* (009) rsh #2 */
	a += x;					/* (010) add x */
	x = a;					/* (011) tax */
	error = nc_filter_load_indirect(packet, x, 14, 4, &a);	/* (012) ld [x + 14] */
	if (error)
		goto failed;
	if (a != 0x47455420)			/* (013) jeq #0x47455420 jt 14 jf 15 */
		return 0;
	return 1;				/* (014) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}

#define NC_FILTER_RAW_IP_WINDOW 33
#define NC_FILTER_RAW_IP_ALIGN 0

static __always_inline int nc_filter_raw_ip_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	nc_u32 a = 0, x = 0;

	if (is_short && packet_len < 1)		/* (000) ldb [0] */
		return 0;
	a = nc_window_u8(window, 0);
	a &= 0xf0;				/* (001) and #0xf0 */
	if (a != 0x40)				/* (002) jeq #0x40 jt 3 jf 16 */
		return 0;
	if (is_short && packet_len < 10)	/* (003) ldb [9] */
		return 0;
	a = nc_window_u8(window, 9);
	if (a != 0x6)				/* (004) jeq #0x6 jt 5 jf 16 */
		return 0;
	a = nc_window_u16(window, 6);		/* (005) ldh [6] */
	if (a & 0x1fff)				/* (006) jset #0x1fff jt 16 jf 7 */
		return 0;
	if ((nc_window_u8(window, 0) & 0xf) != 5)	/* (007) ldxb 4*([0]&0xf) */
		return NC_FILTER_RETRY;
	x = 20;
	if (is_short && packet_len < 33)	/* (008) ldb [x + 12] */
		return 0;
	a = nc_window_u8(window, 32);
	a &= 0xf0;				/* (009) and #0xf0 */
	a >>= 2;				/* (010) rsh #2 */
	a += x;					/* (011) add x */
	x = a;					/* (012) tax */
	return NC_FILTER_RETRY;			/* (013) ld [x + 0] */
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
	if (a != 0x40)				/* (002) jeq #0x40 jt 3 jf 16 */
		return 0;
	error = nc_packet_load(packet, 9, 1, &a);	/* (003) ldb [9] */
	if (error)
		goto failed;
	if (a != 0x6)				/* (004) jeq #0x6 jt 5 jf 16 */
		return 0;
	error = nc_packet_load(packet, 6, 2, &a);	/* (005) ldh [6] */
	if (error)
		goto failed;
	if (a & 0x1fff)				/* (006) jset #0x1fff jt 16 jf 7 */
		return 0;
	error = nc_packet_load(packet, 0, 1, &x);	/* (007) ldxb 4*([0]&0xf) */
	if (error)
		goto failed;
	x = 4 * (x & 0xf);
	error = nc_filter_load_indirect(packet, x, 12, 1, &a);	/* (008) ldb [x + 12] */
	if (error)
		goto failed;
	a &= 0xf0;				/* (009) and #0xf0 */
	a >>= 2;				/* (010) rsh #2 */
	a += x;					/* (011) add x */
	x = a;					/* (012) tax */
	error = nc_filter_load_indirect(packet, x, 0, 4, &a);	/* (013) ld [x + 0] */
	if (error)
		goto failed;
	if (a != 0x47455420)			/* (014) jeq #0x47455420 jt 15 jf 16 */
		return 0;
	return 1;				/* (015) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}
