#define NC_FILTER_ETHERNET_WINDOW 0
#define NC_FILTER_ETHERNET_ALIGN 2

static __always_inline int nc_filter_ethernet_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	nc_u32 a = 0;

	a = packet_len;				/* (000) ld #pktlen */
	if (a <= 0x64)				/* (001) jgt #0x64 jt 2 jf 3 */
		return 1;
	return 0;				/* (002) ret #0 */
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

	a = packet_len;				/* (000) ld #pktlen */
	if (a <= 0x64)				/* (001) jgt #0x64 jt 2 jf 3 */
		return 1;
	return 0;				/* (002) ret #0 */
}

#define NC_FILTER_RAW_IP_WINDOW 0
#define NC_FILTER_RAW_IP_ALIGN 0

static __always_inline int nc_filter_raw_ip_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	nc_u32 a = 0;

	a = packet_len;				/* (000) ld #pktlen */
	if (a <= 0x64)				/* (001) jgt #0x64 jt 2 jf 3 */
		return 1;
	return 0;				/* (002) ret #0 */
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

	a = packet_len;				/* (000) ld #pktlen */
	if (a <= 0x64)				/* (001) jgt #0x64 jt 2 jf 3 */
		return 1;
	return 0;				/* (002) ret #0 */
}
