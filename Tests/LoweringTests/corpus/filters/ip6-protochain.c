#define NC_FILTER_ETHERNET_WINDOW 56
#define NC_FILTER_ETHERNET_ALIGN 2

static __always_inline int nc_filter_ethernet_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	nc_u32 a = 0, x = 0, m0 = 0;

	if (is_short && packet_len < 14)	/* (000) ldh [12] */
		return 0;
	a = nc_window_u16(window, 12);
	if (a != 0x86dd)			/* (001) jeq #0x86dd jt 2 jf 35 */
		return 0;
	if (is_short && packet_len < 21)	/* (002) ldb [20] */
		return 0;
	a = nc_window_u8(window, 20);
	x = 40;					/* (003) ldx #0x28 */
	if (a == 0x6)				/* (004) jeq #0x6 jt 32 jf 5 */
		goto L32;
	if (a == 0x3b)				/* (005) jeq #0x3b jt 32 jf 6 */
		goto L32;
	if (a == 0x0)				/* (006) jeq #0x0 jt 10 jf 7 */
		goto L10;
	if (a == 0x3c)				/* (007) jeq #0x3c jt 10 jf 8 */
		goto L10;
	if (a == 0x2b)				/* (008) jeq #0x2b jt 10 jf 9 */
		goto L10;
	if (a != 0x2c)				/* (009) jeq #0x2c jt 10 jf 19 */
		goto L19;
L10:
	if (is_short && packet_len < 55)	/* (010) ldb [x + 14] */
		return 0;
	a = nc_window_u8(window, 54);
	m0 = a;					/* (011) st M[0] */
	if (is_short && packet_len < 56)	/* (012) ldb [x + 15] */
		return 0;
	a = nc_window_u8(window, 55);
	a += 1;					/* (013) add #1 */
	a *= 8;					/* (014) mul #8 */
	a += x;					/* (015) add x */
	x = a;					/* (016) tax */
	a = m0;					/* (017) ld M[0] */
	return NC_FILTER_RETRY;			/* (018) ja 4 */
L19:
	if (a != 0x33)				/* (019) jeq #0x33 jt 20 jf 32 */
		goto L32;
	a = x;					/* (020) txa */
	if (is_short && packet_len < 55)	/* (021) ldb [x + 14] */
		return 0;
	a = nc_window_u8(window, 54);
	m0 = a;					/* (022) st M[0] */
	a = x;					/* (023) txa */
	a += 1;					/* (024) add #1 */
	x = a;					/* (025) tax */
	if (is_short && packet_len < 56)	/* (026) ldb [x + 14] */
		return 0;
	a = nc_window_u8(window, 55);
	a += 2;					/* (027) add #2 */
	a *= 4;					/* (028) mul #4 */
	x = a;					/* (029) tax */
	a = m0;					/* (030) ld M[0] */
	return NC_FILTER_RETRY;			/* (031) ja 4 */
L32:
	a += 0;					/* (032) add #0 */
	if (a != 0x6)				/* (033) jeq #0x6 jt 34 jf 35 */
		return 0;
	return 1;				/* (034) ret #262144 */
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
	nc_u32 a = 0, x = 0, m0 = 0;
	nc_u64 rounds = 0;
	int error;

	error = nc_packet_load(packet, 12, 2, &a);	/* (000) ldh [12] */
	if (error)
		goto failed;
	if (a != 0x86dd)			/* (001) jeq #0x86dd jt 2 jf 35 */
		return 0;
	error = nc_packet_load(packet, 20, 1, &a);	/* (002) ldb [20] */
	if (error)
		goto failed;
	x = 40;					/* (003) ldx #0x28 */
L4:
	if (++rounds > NC_FILTER_ROUNDS)	/* (004) jeq #0x6 jt 32 jf 5 */
		return NC_FILTER_FAULT;
	if (a == 0x6)
		goto L32;
	if (a == 0x3b)				/* (005) jeq #0x3b jt 32 jf 6 */
		goto L32;
	if (a == 0x0)				/* (006) jeq #0x0 jt 10 jf 7 */
		goto L10;
	if (a == 0x3c)				/* (007) jeq #0x3c jt 10 jf 8 */
		goto L10;
	if (a == 0x2b)				/* (008) jeq #0x2b jt 10 jf 9 */
		goto L10;
	if (a != 0x2c)				/* (009) jeq #0x2c jt 10 jf 19 */
		goto L19;
L10:
	error = nc_filter_load_indirect(packet, x, 14, 1, &a);	/* (010) ldb [x + 14] */
	if (error)
		goto failed;
	m0 = a;					/* (011) st M[0] */
	error = nc_filter_load_indirect(packet, x, 15, 1, &a);	/* (012) ldb [x + 15] */
	if (error)
		goto failed;
	a += 1;					/* (013) add #1 */
	a *= 8;					/* (014) mul #8 */
	a += x;					/* (015) add x */
	x = a;					/* (016) tax */
	a = m0;					/* (017) ld M[0] */
	goto L4;				/* (018) ja 4 */
L19:
	if (a != 0x33)				/* (019) jeq #0x33 jt 20 jf 32 */
		goto L32;
	a = x;					/* (020) txa */
	error = nc_filter_load_indirect(packet, x, 14, 1, &a);	/* (021) ldb [x + 14] */
	if (error)
		goto failed;
	m0 = a;					/* (022) st M[0] */
	a = x;					/* (023) txa */
	a += 1;					/* (024) add #1 */
	x = a;					/* (025) tax */
	error = nc_filter_load_indirect(packet, x, 14, 1, &a);	/* (026) ldb [x + 14] */
	if (error)
		goto failed;
	a += 2;					/* (027) add #2 */
	a *= 4;					/* (028) mul #4 */
	x = a;					/* (029) tax */
	a = m0;					/* (030) ld M[0] */
	goto L4;				/* (031) ja 4 */
L32:
	a += 0;					/* (032) add #0 */
	if (a != 0x6)				/* (033) jeq #0x6 jt 34 jf 35 */
		return 0;
	return 1;				/* (034) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}

#define NC_FILTER_RAW_IP_WINDOW 42
#define NC_FILTER_RAW_IP_ALIGN 0

static __always_inline int nc_filter_raw_ip_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	nc_u32 a = 0, x = 0, m0 = 0;

	if (is_short && packet_len < 1)		/* (000) ldb [0] */
		return 0;
	a = nc_window_u8(window, 0);
	a &= 0xf0;				/* (001) and #0xf0 */
	if (a != 0x60)				/* (002) jeq #0x60 jt 3 jf 36 */
		return 0;
	if (is_short && packet_len < 7)		/* (003) ldb [6] */
		return 0;
	a = nc_window_u8(window, 6);
	x = 40;					/* (004) ldx #0x28 */
	if (a == 0x6)				/* (005) jeq #0x6 jt 33 jf 6 */
		goto L33;
	if (a == 0x3b)				/* (006) jeq #0x3b jt 33 jf 7 */
		goto L33;
	if (a == 0x0)				/* (007) jeq #0x0 jt 11 jf 8 */
		goto L11;
	if (a == 0x3c)				/* (008) jeq #0x3c jt 11 jf 9 */
		goto L11;
	if (a == 0x2b)				/* (009) jeq #0x2b jt 11 jf 10 */
		goto L11;
	if (a != 0x2c)				/* (010) jeq #0x2c jt 11 jf 20 */
		goto L20;
L11:
	if (is_short && packet_len < 41)	/* (011) ldb [x + 0] */
		return 0;
	a = nc_window_u8(window, 40);
	m0 = a;					/* (012) st M[0] */
	if (is_short && packet_len < 42)	/* (013) ldb [x + 1] */
		return 0;
	a = nc_window_u8(window, 41);
	a += 1;					/* (014) add #1 */
	a *= 8;					/* (015) mul #8 */
	a += x;					/* (016) add x */
	x = a;					/* (017) tax */
	a = m0;					/* (018) ld M[0] */
	return NC_FILTER_RETRY;			/* (019) ja 5 */
L20:
	if (a != 0x33)				/* (020) jeq #0x33 jt 21 jf 33 */
		goto L33;
	a = x;					/* (021) txa */
	if (is_short && packet_len < 41)	/* (022) ldb [x + 0] */
		return 0;
	a = nc_window_u8(window, 40);
	m0 = a;					/* (023) st M[0] */
	a = x;					/* (024) txa */
	a += 1;					/* (025) add #1 */
	x = a;					/* (026) tax */
	if (is_short && packet_len < 42)	/* (027) ldb [x + 0] */
		return 0;
	a = nc_window_u8(window, 41);
	a += 2;					/* (028) add #2 */
	a *= 4;					/* (029) mul #4 */
	x = a;					/* (030) tax */
	a = m0;					/* (031) ld M[0] */
	return NC_FILTER_RETRY;			/* (032) ja 5 */
L33:
	a += 0;					/* (033) add #0 */
	if (a != 0x6)				/* (034) jeq #0x6 jt 35 jf 36 */
		return 0;
	return 1;				/* (035) ret #262144 */
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
	nc_u32 a = 0, x = 0, m0 = 0;
	nc_u64 rounds = 0;
	int error;

	error = nc_packet_load(packet, 0, 1, &a);	/* (000) ldb [0] */
	if (error)
		goto failed;
	a &= 0xf0;				/* (001) and #0xf0 */
	if (a != 0x60)				/* (002) jeq #0x60 jt 3 jf 36 */
		return 0;
	error = nc_packet_load(packet, 6, 1, &a);	/* (003) ldb [6] */
	if (error)
		goto failed;
	x = 40;					/* (004) ldx #0x28 */
L5:
	if (++rounds > NC_FILTER_ROUNDS)	/* (005) jeq #0x6 jt 33 jf 6 */
		return NC_FILTER_FAULT;
	if (a == 0x6)
		goto L33;
	if (a == 0x3b)				/* (006) jeq #0x3b jt 33 jf 7 */
		goto L33;
	if (a == 0x0)				/* (007) jeq #0x0 jt 11 jf 8 */
		goto L11;
	if (a == 0x3c)				/* (008) jeq #0x3c jt 11 jf 9 */
		goto L11;
	if (a == 0x2b)				/* (009) jeq #0x2b jt 11 jf 10 */
		goto L11;
	if (a != 0x2c)				/* (010) jeq #0x2c jt 11 jf 20 */
		goto L20;
L11:
	error = nc_filter_load_indirect(packet, x, 0, 1, &a);	/* (011) ldb [x + 0] */
	if (error)
		goto failed;
	m0 = a;					/* (012) st M[0] */
	error = nc_filter_load_indirect(packet, x, 1, 1, &a);	/* (013) ldb [x + 1] */
	if (error)
		goto failed;
	a += 1;					/* (014) add #1 */
	a *= 8;					/* (015) mul #8 */
	a += x;					/* (016) add x */
	x = a;					/* (017) tax */
	a = m0;					/* (018) ld M[0] */
	goto L5;				/* (019) ja 5 */
L20:
	if (a != 0x33)				/* (020) jeq #0x33 jt 21 jf 33 */
		goto L33;
	a = x;					/* (021) txa */
	error = nc_filter_load_indirect(packet, x, 0, 1, &a);	/* (022) ldb [x + 0] */
	if (error)
		goto failed;
	m0 = a;					/* (023) st M[0] */
	a = x;					/* (024) txa */
	a += 1;					/* (025) add #1 */
	x = a;					/* (026) tax */
	error = nc_filter_load_indirect(packet, x, 0, 1, &a);	/* (027) ldb [x + 0] */
	if (error)
		goto failed;
	a += 2;					/* (028) add #2 */
	a *= 4;					/* (029) mul #4 */
	x = a;					/* (030) tax */
	a = m0;					/* (031) ld M[0] */
	goto L5;				/* (032) ja 5 */
L33:
	a += 0;					/* (033) add #0 */
	if (a != 0x6)				/* (034) jeq #0x6 jt 35 jf 36 */
		return 0;
	return 1;				/* (035) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}
