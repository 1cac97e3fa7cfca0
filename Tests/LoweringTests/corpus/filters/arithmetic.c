#define NC_FILTER_ETHERNET_WINDOW 48
#define NC_FILTER_ETHERNET_ALIGN 2

static __always_inline int nc_filter_ethernet_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	nc_u32 a = 0, x = 0, m1 = 0, m8 = 0;

	if (is_short && packet_len < 14)	/* (000) ldh [12] */
		return 0;
	a = nc_window_u16(window, 12);
	if (a != 0x800)				/* (001) jeq #0x800 jt 2 jf 11 */
		goto L11;
	if (is_short && packet_len < 18)	/* (002) ldh [16] */
		return 0;
	a = nc_window_u16(window, 16);
	m1 = a;					/* (003) st M[1] */
	if ((nc_window_u8(window, 14) & 0xf) != 5)	/* (004) ldxb 4*([14]&0xf) */
		return NC_FILTER_RETRY;
	x = 20;
	if (is_short && packet_len < 48)	/* (005) ldb [x + 27] */
		return 0;
	a = nc_window_u8(window, 47);
	a &= 0x7;				/* (006) and #0x7 */
	x = a;					/* (007) tax */
	a = m1;					/* (008) ld M[1] */
	if (!x)					/* (009) div x */
		return 0;
	a /= x;
	if (a == 0x3)				/* (010) jeq #0x3 jt 27 jf 11 */
		return 1;
L11:
	a = packet_len;				/* (011) ld #pktlen */
	a %= 5;					/* (012) mod #5 */
	if (a == 0x1)				/* (013) jeq #0x1 jt 27 jf 14 */
		return 1;
	a = nc_window_u16(window, 12);		/* (014) ldh [12] */
	if (a != 0x800)				/* (015) jeq #0x800 jt 16 jf 28 */
		return 0;
	if (is_short && packet_len < 15)	/* (016) ldb [14] */
		return 0;
	a = nc_window_u8(window, 14);
	a = -a;					/* (017) neg */
	m8 = a;					/* (018) st M[8] */
	if (is_short && packet_len < 16)	/* (019) ldb [15] */
		return 0;
	a = nc_window_u8(window, 15);
	a &= 0x3;				/* (020) and #0x3 */
	x = a;					/* (021) tax */
	a = 1;					/* (022) ld #0x1 */
	a = x < 32 ? a << x : 0;		/* (023) lsh x */
	x = a;					/* (024) tax */
	a = m8;					/* (025) ld M[8] */
	if (a <= x)				/* (026) jgt x jt 27 jf 28 */
		return 0;
	return 1;				/* (027) ret #262144 */
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
	nc_u32 a = 0, x = 0, m1 = 0, m8 = 0;
	int error;

	error = nc_packet_load(packet, 12, 2, &a);	/* (000) ldh [12] */
	if (error)
		goto failed;
	if (a != 0x800)				/* (001) jeq #0x800 jt 2 jf 11 */
		goto L11;
	error = nc_packet_load(packet, 16, 2, &a);	/* (002) ldh [16] */
	if (error)
		goto failed;
	m1 = a;					/* (003) st M[1] */
	error = nc_packet_load(packet, 14, 1, &x);	/* (004) ldxb 4*([14]&0xf) */
	if (error)
		goto failed;
	x = 4 * (x & 0xf);
	error = nc_filter_load_indirect(packet, x, 27, 1, &a);	/* (005) ldb [x + 27] */
	if (error)
		goto failed;
	a &= 0x7;				/* (006) and #0x7 */
	x = a;					/* (007) tax */
	a = m1;					/* (008) ld M[1] */
	if (!x)					/* (009) div x */
		return 0;
	a /= x;
	if (a == 0x3)				/* (010) jeq #0x3 jt 27 jf 11 */
		return 1;
L11:
	a = packet_len;				/* (011) ld #pktlen */
	a %= 5;					/* (012) mod #5 */
	if (a == 0x1)				/* (013) jeq #0x1 jt 27 jf 14 */
		return 1;
	error = nc_packet_load(packet, 12, 2, &a);	/* (014) ldh [12] */
	if (error)
		goto failed;
	if (a != 0x800)				/* (015) jeq #0x800 jt 16 jf 28 */
		return 0;
	error = nc_packet_load(packet, 14, 1, &a);	/* (016) ldb [14] */
	if (error)
		goto failed;
	a = -a;					/* (017) neg */
	m8 = a;					/* (018) st M[8] */
	error = nc_packet_load(packet, 15, 1, &a);	/* (019) ldb [15] */
	if (error)
		goto failed;
	a &= 0x3;				/* (020) and #0x3 */
	x = a;					/* (021) tax */
	a = 1;					/* (022) ld #0x1 */
	a = x < 32 ? a << x : 0;		/* (023) lsh x */
	x = a;					/* (024) tax */
	a = m8;					/* (025) ld M[8] */
	if (a <= x)				/* (026) jgt x jt 27 jf 28 */
		return 0;
	return 1;				/* (027) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}

#define NC_FILTER_RAW_IP_WINDOW 34
#define NC_FILTER_RAW_IP_ALIGN 0

static __always_inline int nc_filter_raw_ip_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	nc_u32 a = 0, x = 0, m1 = 0, m8 = 0;

	if (is_short && packet_len < 1)		/* (000) ldb [0] */
		return 0;
	a = nc_window_u8(window, 0);
	a &= 0xf0;				/* (001) and #0xf0 */
	if (a != 0x40)				/* (002) jeq #0x40 jt 3 jf 12 */
		goto L12;
	if (is_short && packet_len < 4)		/* (003) ldh [2] */
		return 0;
	a = nc_window_u16(window, 2);
	m1 = a;					/* (004) st M[1] */
	if ((nc_window_u8(window, 0) & 0xf) != 5)	/* (005) ldxb 4*([0]&0xf) */
		return NC_FILTER_RETRY;
	x = 20;
	if (is_short && packet_len < 34)	/* (006) ldb [x + 13] */
		return 0;
	a = nc_window_u8(window, 33);
	a &= 0x7;				/* (007) and #0x7 */
	x = a;					/* (008) tax */
	a = m1;					/* (009) ld M[1] */
	if (!x)					/* (010) div x */
		return 0;
	a /= x;
	if (a == 0x3)				/* (011) jeq #0x3 jt 29 jf 12 */
		return 1;
L12:
	a = packet_len;				/* (012) ld #pktlen */
	a %= 5;					/* (013) mod #5 */
	if (a == 0x1)				/* (014) jeq #0x1 jt 29 jf 15 */
		return 1;
	a = nc_window_u8(window, 0);		/* (015) ldb [0] */
	a &= 0xf0;				/* (016) and #0xf0 */
	if (a != 0x40)				/* (017) jeq #0x40 jt 18 jf 30 */
		return 0;
	a = nc_window_u8(window, 0);		/* (018) ldb [0] */
	a = -a;					/* (019) neg */
	m8 = a;					/* (020) st M[8] */
	if (is_short && packet_len < 2)		/* (021) ldb [1] */
		return 0;
	a = nc_window_u8(window, 1);
	a &= 0x3;				/* (022) and #0x3 */
	x = a;					/* (023) tax */
	a = 1;					/* (024) ld #0x1 */
	a = x < 32 ? a << x : 0;		/* (025) lsh x */
	x = a;					/* (026) tax */
	a = m8;					/* (027) ld M[8] */
	if (a <= x)				/* (028) jgt x jt 29 jf 30 */
		return 0;
	return 1;				/* (029) ret #262144 */
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
	nc_u32 a = 0, x = 0, m1 = 0, m8 = 0;
	int error;

	error = nc_packet_load(packet, 0, 1, &a);	/* (000) ldb [0] */
	if (error)
		goto failed;
	a &= 0xf0;				/* (001) and #0xf0 */
	if (a != 0x40)				/* (002) jeq #0x40 jt 3 jf 12 */
		goto L12;
	error = nc_packet_load(packet, 2, 2, &a);	/* (003) ldh [2] */
	if (error)
		goto failed;
	m1 = a;					/* (004) st M[1] */
	error = nc_packet_load(packet, 0, 1, &x);	/* (005) ldxb 4*([0]&0xf) */
	if (error)
		goto failed;
	x = 4 * (x & 0xf);
	error = nc_filter_load_indirect(packet, x, 13, 1, &a);	/* (006) ldb [x + 13] */
	if (error)
		goto failed;
	a &= 0x7;				/* (007) and #0x7 */
	x = a;					/* (008) tax */
	a = m1;					/* (009) ld M[1] */
	if (!x)					/* (010) div x */
		return 0;
	a /= x;
	if (a == 0x3)				/* (011) jeq #0x3 jt 29 jf 12 */
		return 1;
L12:
	a = packet_len;				/* (012) ld #pktlen */
	a %= 5;					/* (013) mod #5 */
	if (a == 0x1)				/* (014) jeq #0x1 jt 29 jf 15 */
		return 1;
	error = nc_packet_load(packet, 0, 1, &a);	/* (015) ldb [0] */
	if (error)
		goto failed;
	a &= 0xf0;				/* (016) and #0xf0 */
	if (a != 0x40)				/* (017) jeq #0x40 jt 18 jf 30 */
		return 0;
	error = nc_packet_load(packet, 0, 1, &a);	/* (018) ldb [0] */
	if (error)
		goto failed;
	a = -a;					/* (019) neg */
	m8 = a;					/* (020) st M[8] */
	error = nc_packet_load(packet, 1, 1, &a);	/* (021) ldb [1] */
	if (error)
		goto failed;
	a &= 0x3;				/* (022) and #0x3 */
	x = a;					/* (023) tax */
	a = 1;					/* (024) ld #0x1 */
	a = x < 32 ? a << x : 0;		/* (025) lsh x */
	x = a;					/* (026) tax */
	a = m8;					/* (027) ld M[8] */
	if (a <= x)				/* (028) jgt x jt 29 jf 30 */
		return 0;
	return 1;				/* (029) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}
