#define NC_FILTER_ETHERNET_WINDOW 18
#define NC_FILTER_ETHERNET_ALIGN 2

static __always_inline int nc_filter_ethernet_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	nc_u32 a = 0;

	if (is_short && packet_len < 14)	/* (000) ldh [12] */
		return 0;
	a = nc_window_u16(window, 12);
	if (a == 0x8100)			/* (001) jeq #0x8100 jt 4 jf 2 */
		goto L4;
	if (a == 0x88a8)			/* (002) jeq #0x88a8 jt 4 jf 3 */
		goto L4;
	if (a != 0x9100)			/* (003) jeq #0x9100 jt 4 jf 10 */
		return 0;
L4:
	if (is_short && packet_len < 16)	/* (004) ldh [14] */
		return 0;
	a = nc_window_u16(window, 14);
	a &= 0xfff;				/* (005) and #0xfff */
	if (a != 0x7)				/* (006) jeq #0x7 jt 7 jf 10 */
		return 0;
	if (is_short && packet_len < 18)	/* (007) ldh [16] */
		return 0;
	a = nc_window_u16(window, 16);
	if (a != 0x86dd)			/* (008) jeq #0x86dd jt 9 jf 10 */
		return 0;
	return 1;				/* (009) ret #262144 */
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
	if (a == 0x8100)			/* (001) jeq #0x8100 jt 4 jf 2 */
		goto L4;
	if (a == 0x88a8)			/* (002) jeq #0x88a8 jt 4 jf 3 */
		goto L4;
	if (a != 0x9100)			/* (003) jeq #0x9100 jt 4 jf 10 */
		return 0;
L4:
	error = nc_packet_load(packet, 14, 2, &a);	/* (004) ldh [14] */
	if (error)
		goto failed;
	a &= 0xfff;				/* (005) and #0xfff */
	if (a != 0x7)				/* (006) jeq #0x7 jt 7 jf 10 */
		return 0;
	error = nc_packet_load(packet, 16, 2, &a);	/* (007) ldh [16] */
	if (error)
		goto failed;
	if (a != 0x86dd)			/* (008) jeq #0x86dd jt 9 jf 10 */
		return 0;
	return 1;				/* (009) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}

#define NC_FILTER_RAW_IP_WINDOW 0
#define NC_FILTER_RAW_IP_ALIGN 0

static __always_inline int nc_filter_raw_ip_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	return 0;				/* (000) ret #0 */
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
	return 0;				/* (000) ret #0 */
}
