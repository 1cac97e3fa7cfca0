/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* probe drop: record */
#define NC_WINDOW 256
#define NC_FIELD_WORDS 5
#define NC_KEY_WORDS 10
#define NC_VALUE_WORDS 1
#define NC_SLOTS 1
#define NC_SLOT_WORDS 9
#define NC_CAPTURE 65535
#define NC_COMPARE_EXCHANGE 1
#define NC_RECORD 1
#define NC_HAS_PACKET 1
#define NC_SKB(ctx) (*(const u64 *)((const u8 *)(ctx) + 8))
#define NC_FILTER_FIRST 1
#define NC_SOCK(ctx) 0

#include "skb_packet.h"
#include "probe.h"
#include "filter.h"
#include "reads.h"
#include "layers.h"
#include "tables.h"

static const u64 nc_zeros[8] = {};

/* table drops[reason, func] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_HASH);
		__uint(max_entries, 10240);
		__uint(key_size, 80);
		__uint(value_size, 8);
	});
} drops_table SEC(".maps");
NC_REFUSED(drops_table);

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sk_buff___s0 {
	u32 mark;
};

struct sk_buff___s1 {
	enum { NC_E1 } mark;
};

#pragma clang attribute pop

/* filter tcp port 9000 */
#define nc_packet nc_view
#define nc_packet_load nc_view_load
#define nc_filter_load_indirect nc_view_load_indirect
#define NC_FILTER_0_ETHERNET_WINDOW 58
#define NC_FILTER_0_ETHERNET_ALIGN 2

static __always_inline int nc_filter_0_ethernet_window(const nc_u8 *window, nc_u32 packet_len,
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
	if (a != 0x6)				/* (003) jeq #0x6 jt 4 jf 19 */
		return 0;
	if (is_short && packet_len < 56)	/* (004) ldh [54] */
		return 0;
	a = nc_window_u16(window, 54);
	if (a == 0x2328)			/* (005) jeq #0x2328 jt 18 jf 6 */
		return 1;
	if (is_short && packet_len < 58)	/* (006) ldh [56] */
		return 0;
	a = nc_window_u16(window, 56);
	if (a == 0x2328)			/* (007) jeq #0x2328 jt 18 jf 19 */
		return 1;
	return 0;
L8:
	if (a != 0x800)				/* (008) jeq #0x800 jt 9 jf 19 */
		return 0;
	if (is_short && packet_len < 24)	/* (009) ldb [23] */
		return 0;
	a = nc_window_u8(window, 23);
	if (a != 0x6)				/* (010) jeq #0x6 jt 11 jf 19 */
		return 0;
	a = nc_window_u16(window, 20);		/* (011) ldh [20] */
	if (a & 0x1fff)				/* (012) jset #0x1fff jt 19 jf 13 */
		return 0;
	if ((nc_window_u8(window, 14) & 0xf) != 5)	/* (013) ldxb 4*([14]&0xf) */
		return NC_FILTER_RETRY;
	if (is_short && packet_len < 36)	/* (014) ldh [x + 14] */
		return 0;
	a = nc_window_u16(window, 34);
	if (a == 0x2328)			/* (015) jeq #0x2328 jt 18 jf 16 */
		return 1;
	if (is_short && packet_len < 38)	/* (016) ldh [x + 16] */
		return 0;
	a = nc_window_u16(window, 36);
	if (a != 0x2328)			/* (017) jeq #0x2328 jt 18 jf 19 */
		return 0;
	return 1;				/* (018) ret #262144 */
}

static __always_inline int nc_filter_0_ethernet_fast(const nc_u8 *window, nc_u32 packet_len,
						  const struct nc_packet *packet)
{
	return packet_len >= NC_FILTER_0_ETHERNET_WINDOW ?
		       nc_filter_0_ethernet_window(window, packet_len, 0) :
		       nc_filter_0_ethernet_window(window, packet_len, 1);
}

static __noinline int nc_filter_0_ethernet_slow(const struct nc_packet *packet,
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
	if (a != 0x6)				/* (003) jeq #0x6 jt 4 jf 19 */
		return 0;
	error = nc_packet_load(packet, 54, 2, &a);	/* (004) ldh [54] */
	if (error)
		goto failed;
	if (a == 0x2328)			/* (005) jeq #0x2328 jt 18 jf 6 */
		return 1;
	error = nc_packet_load(packet, 56, 2, &a);	/* (006) ldh [56] */
	if (error)
		goto failed;
	if (a == 0x2328)			/* (007) jeq #0x2328 jt 18 jf 19 */
		return 1;
	return 0;
L8:
	if (a != 0x800)				/* (008) jeq #0x800 jt 9 jf 19 */
		return 0;
	error = nc_packet_load(packet, 23, 1, &a);	/* (009) ldb [23] */
	if (error)
		goto failed;
	if (a != 0x6)				/* (010) jeq #0x6 jt 11 jf 19 */
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
	if (a == 0x2328)			/* (015) jeq #0x2328 jt 18 jf 16 */
		return 1;
	error = nc_filter_load_indirect(packet, x, 16, 2, &a);	/* (016) ldh [x + 16] */
	if (error)
		goto failed;
	if (a != 0x2328)			/* (017) jeq #0x2328 jt 18 jf 19 */
		return 0;
	return 1;				/* (018) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}

#define NC_FILTER_0_RAW_IP_WINDOW 44
#define NC_FILTER_0_RAW_IP_ALIGN 0

static __always_inline int nc_filter_0_raw_ip_window(const nc_u8 *window, nc_u32 packet_len,
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
	if (a != 0x6)				/* (004) jeq #0x6 jt 5 jf 22 */
		return 0;
	if (is_short && packet_len < 42)	/* (005) ldh [40] */
		return 0;
	a = nc_window_u16(window, 40);
	if (a == 0x2328)			/* (006) jeq #0x2328 jt 21 jf 7 */
		return 1;
	if (is_short && packet_len < 44)	/* (007) ldh [42] */
		return 0;
	a = nc_window_u16(window, 42);
	if (a == 0x2328)			/* (008) jeq #0x2328 jt 21 jf 22 */
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
	if (a != 0x6)				/* (013) jeq #0x6 jt 14 jf 22 */
		return 0;
	a = nc_window_u16(window, 6);		/* (014) ldh [6] */
	if (a & 0x1fff)				/* (015) jset #0x1fff jt 22 jf 16 */
		return 0;
	if ((nc_window_u8(window, 0) & 0xf) != 5)	/* (016) ldxb 4*([0]&0xf) */
		return NC_FILTER_RETRY;
	if (is_short && packet_len < 22)	/* (017) ldh [x + 0] */
		return 0;
	a = nc_window_u16(window, 20);
	if (a == 0x2328)			/* (018) jeq #0x2328 jt 21 jf 19 */
		return 1;
	if (is_short && packet_len < 24)	/* (019) ldh [x + 2] */
		return 0;
	a = nc_window_u16(window, 22);
	if (a != 0x2328)			/* (020) jeq #0x2328 jt 21 jf 22 */
		return 0;
	return 1;				/* (021) ret #262144 */
}

static __always_inline int nc_filter_0_raw_ip_fast(const nc_u8 *window, nc_u32 packet_len,
						  const struct nc_packet *packet)
{
	return packet_len >= NC_FILTER_0_RAW_IP_WINDOW ?
		       nc_filter_0_raw_ip_window(window, packet_len, 0) :
		       nc_filter_0_raw_ip_window(window, packet_len, 1);
}

static __noinline int nc_filter_0_raw_ip_slow(const struct nc_packet *packet,
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
	if (a != 0x6)				/* (004) jeq #0x6 jt 5 jf 22 */
		return 0;
	error = nc_packet_load(packet, 40, 2, &a);	/* (005) ldh [40] */
	if (error)
		goto failed;
	if (a == 0x2328)			/* (006) jeq #0x2328 jt 21 jf 7 */
		return 1;
	error = nc_packet_load(packet, 42, 2, &a);	/* (007) ldh [42] */
	if (error)
		goto failed;
	if (a == 0x2328)			/* (008) jeq #0x2328 jt 21 jf 22 */
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
	if (a != 0x6)				/* (013) jeq #0x6 jt 14 jf 22 */
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
	if (a == 0x2328)			/* (018) jeq #0x2328 jt 21 jf 19 */
		return 1;
	error = nc_filter_load_indirect(packet, x, 2, 2, &a);	/* (019) ldh [x + 2] */
	if (error)
		goto failed;
	if (a != 0x2328)			/* (020) jeq #0x2328 jt 21 jf 22 */
		return 0;
	return 1;				/* (021) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}

#undef nc_packet
#undef nc_packet_load
#undef nc_filter_load_indirect

NC_SCRIPT_FILTER(script_filter_0, 0_ethernet, 0_ETHERNET, 0_raw_ip, 0_RAW_IP)

static __always_inline enum nc_outcome nc_body(struct nc_run *run)
{
	/* The first filter has let the packet through: see below. */
	/* line 4: where !(args.reason == 3) */
	u64 record_1 = (u64)run->ctx + 28;
	u64 k_args_reason_2 = 0;
	bool reads_3 = nc_read_integer(record_1, 4, &k_args_reason_2);
	u64 v_4 = (u64)(u32)k_args_reason_2;
	if (!(!(reads_3 && v_4 == 3)))
		return NC_FILTERED;
	/* line 5: drops[args.reason, func] += 1 */
	{
		run->s->key[0] = 0;
		run->s->key[0] |= (u64)reads_3 << 0;
		run->s->key[1] = (reads_3 ? v_4 : 0);
		u64 *func_5 = run->s->slots[0];
		bool has_func_6 = nc_function(run, func_5);
		run->s->key[0] |= (u64)has_func_6 << 1;
		if (has_func_6)
			nc_copy(run->s->key + 2, func_5, 8);
		else
			nc_clear(run->s->key + 2, 8);
		u64 *row_7 = nc_row(&drops_table, run->s->key, nc_zeros, &drops_table_refused);

		if (row_7)
			nc_add(row_7, 1);
	}
	run->layers = nc_layers(run);
	/* line 6: emit args.reason, skb.mark, ip.src */
	run->s->fields[0] = 0;
	run->s->fields[0] |= (u64)reads_3 << 0;
	run->s->fields[1] = (reads_3 ? v_4 : 0);
	u64 at_8 = nc_member_or(run->skb, struct sk_buff___s0, mark,
		nc_member(run->skb, struct sk_buff___s1, mark));
	bool has_9 = run->skb != 0;
	u64 k_skb_mark_10 = 0;
	bool reads_11 = has_9 && nc_read_integer(at_8, 4, &k_skb_mark_10);
	u64 v_12 = (u64)(u32)k_skb_mark_10;
	run->s->fields[0] |= (u64)reads_11 << 1;
	run->s->fields[2] = (reads_11 ? v_12 : 0);
	bool has_ip_13 = (run->layers & NC_OUTER(NC_IP)) != 0;
	u64 ip_src_14 = 0;
	if (has_ip_13)
		ip_src_14 = NC_MAPPED(nc_field(run, run->s->outer.at[NC_IP], 12, 4));
	run->s->fields[0] |= (u64)has_ip_13 << 2;
	run->s->fields[3] = (has_ip_13 ? 0 : 0);
	run->s->fields[4] = (has_ip_13 ? ip_src_14 : 0);
	nc_send(run);
	return NC_HANDLED;
}

/* filter tcp port 9000 */
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
	if (a != 0x6)				/* (003) jeq #0x6 jt 4 jf 19 */
		return 0;
	if (is_short && packet_len < 56)	/* (004) ldh [54] */
		return 0;
	a = nc_window_u16(window, 54);
	if (a == 0x2328)			/* (005) jeq #0x2328 jt 18 jf 6 */
		return 1;
	if (is_short && packet_len < 58)	/* (006) ldh [56] */
		return 0;
	a = nc_window_u16(window, 56);
	if (a == 0x2328)			/* (007) jeq #0x2328 jt 18 jf 19 */
		return 1;
	return 0;
L8:
	if (a != 0x800)				/* (008) jeq #0x800 jt 9 jf 19 */
		return 0;
	if (is_short && packet_len < 24)	/* (009) ldb [23] */
		return 0;
	a = nc_window_u8(window, 23);
	if (a != 0x6)				/* (010) jeq #0x6 jt 11 jf 19 */
		return 0;
	a = nc_window_u16(window, 20);		/* (011) ldh [20] */
	if (a & 0x1fff)				/* (012) jset #0x1fff jt 19 jf 13 */
		return 0;
	if ((nc_window_u8(window, 14) & 0xf) != 5)	/* (013) ldxb 4*([14]&0xf) */
		return NC_FILTER_RETRY;
	if (is_short && packet_len < 36)	/* (014) ldh [x + 14] */
		return 0;
	a = nc_window_u16(window, 34);
	if (a == 0x2328)			/* (015) jeq #0x2328 jt 18 jf 16 */
		return 1;
	if (is_short && packet_len < 38)	/* (016) ldh [x + 16] */
		return 0;
	a = nc_window_u16(window, 36);
	if (a != 0x2328)			/* (017) jeq #0x2328 jt 18 jf 19 */
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
	if (a != 0x6)				/* (003) jeq #0x6 jt 4 jf 19 */
		return 0;
	error = nc_packet_load(packet, 54, 2, &a);	/* (004) ldh [54] */
	if (error)
		goto failed;
	if (a == 0x2328)			/* (005) jeq #0x2328 jt 18 jf 6 */
		return 1;
	error = nc_packet_load(packet, 56, 2, &a);	/* (006) ldh [56] */
	if (error)
		goto failed;
	if (a == 0x2328)			/* (007) jeq #0x2328 jt 18 jf 19 */
		return 1;
	return 0;
L8:
	if (a != 0x800)				/* (008) jeq #0x800 jt 9 jf 19 */
		return 0;
	error = nc_packet_load(packet, 23, 1, &a);	/* (009) ldb [23] */
	if (error)
		goto failed;
	if (a != 0x6)				/* (010) jeq #0x6 jt 11 jf 19 */
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
	if (a == 0x2328)			/* (015) jeq #0x2328 jt 18 jf 16 */
		return 1;
	error = nc_filter_load_indirect(packet, x, 16, 2, &a);	/* (016) ldh [x + 16] */
	if (error)
		goto failed;
	if (a != 0x2328)			/* (017) jeq #0x2328 jt 18 jf 19 */
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
	if (a != 0x6)				/* (004) jeq #0x6 jt 5 jf 22 */
		return 0;
	if (is_short && packet_len < 42)	/* (005) ldh [40] */
		return 0;
	a = nc_window_u16(window, 40);
	if (a == 0x2328)			/* (006) jeq #0x2328 jt 21 jf 7 */
		return 1;
	if (is_short && packet_len < 44)	/* (007) ldh [42] */
		return 0;
	a = nc_window_u16(window, 42);
	if (a == 0x2328)			/* (008) jeq #0x2328 jt 21 jf 22 */
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
	if (a != 0x6)				/* (013) jeq #0x6 jt 14 jf 22 */
		return 0;
	a = nc_window_u16(window, 6);		/* (014) ldh [6] */
	if (a & 0x1fff)				/* (015) jset #0x1fff jt 22 jf 16 */
		return 0;
	if ((nc_window_u8(window, 0) & 0xf) != 5)	/* (016) ldxb 4*([0]&0xf) */
		return NC_FILTER_RETRY;
	if (is_short && packet_len < 22)	/* (017) ldh [x + 0] */
		return 0;
	a = nc_window_u16(window, 20);
	if (a == 0x2328)			/* (018) jeq #0x2328 jt 21 jf 19 */
		return 1;
	if (is_short && packet_len < 24)	/* (019) ldh [x + 2] */
		return 0;
	a = nc_window_u16(window, 22);
	if (a != 0x2328)			/* (020) jeq #0x2328 jt 21 jf 22 */
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
	if (a != 0x6)				/* (004) jeq #0x6 jt 5 jf 22 */
		return 0;
	error = nc_packet_load(packet, 40, 2, &a);	/* (005) ldh [40] */
	if (error)
		goto failed;
	if (a == 0x2328)			/* (006) jeq #0x2328 jt 21 jf 7 */
		return 1;
	error = nc_packet_load(packet, 42, 2, &a);	/* (007) ldh [42] */
	if (error)
		goto failed;
	if (a == 0x2328)			/* (008) jeq #0x2328 jt 21 jf 22 */
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
	if (a != 0x6)				/* (013) jeq #0x6 jt 14 jf 22 */
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
	if (a == 0x2328)			/* (018) jeq #0x2328 jt 21 jf 19 */
		return 1;
	error = nc_filter_load_indirect(packet, x, 2, 2, &a);	/* (019) ldh [x + 2] */
	if (error)
		goto failed;
	if (a != 0x2328)			/* (020) jeq #0x2328 jt 21 jf 22 */
		return 0;
	return 1;				/* (021) ret #262144 */
failed:
	return error > 0 ? 0 : NC_FILTER_FAULT;
}

NC_VERDICT(raw_ip, RAW_IP)

#include "script_probe.h"
