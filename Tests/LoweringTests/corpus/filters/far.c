#define NC_FILTER_ETHERNET_WINDOW 0
#define NC_FILTER_ETHERNET_ALIGN 2

static __always_inline int nc_filter_ethernet_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	return NC_FILTER_RETRY;			/* (000) ldb [1000] */
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

	error = nc_packet_load(packet, 1000, 1, &a);	/* (000) ldb [1000] */
	if (error)
		goto failed;
	if (a != 0x1)				/* (001) jeq #0x1 jt 2 jf 3 */
		return 0;
	return 1;				/* (002) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}

#define NC_FILTER_RAW_IP_WINDOW 0
#define NC_FILTER_RAW_IP_ALIGN 0

static __always_inline int nc_filter_raw_ip_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	return NC_FILTER_RETRY;			/* (000) ldb [1000] */
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

	error = nc_packet_load(packet, 1000, 1, &a);	/* (000) ldb [1000] */
	if (error)
		goto failed;
	if (a != 0x1)				/* (001) jeq #0x1 jt 2 jf 3 */
		return 0;
	return 1;				/* (002) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}
