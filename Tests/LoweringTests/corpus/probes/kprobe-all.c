/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* kprobe, the skb is argument 2 */
#define NC_KPROBE 1
#define NC_SKB_ARGUMENT 1

#include "probe.h"
#include "filter.h"

/* Packets that match: all */

#define NC_FILTER_ETHERNET_WINDOW 0
#define NC_FILTER_ETHERNET_ALIGN 2

static __always_inline int nc_filter_ethernet_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	return 1;				/* (000) ret #262144 */
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
	return 1;				/* (000) ret #262144 */
}

NC_VERDICT(ethernet, ETHERNET)

#define NC_FILTER_RAW_IP_WINDOW 0
#define NC_FILTER_RAW_IP_ALIGN 0

static __always_inline int nc_filter_raw_ip_window(const nc_u8 *window, nc_u32 packet_len,
						    int is_short)
{
	return 1;				/* (000) ret #262144 */
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
	return 1;				/* (000) ret #262144 */
}

NC_VERDICT(raw_ip, RAW_IP)

#include "kprobe.h"
