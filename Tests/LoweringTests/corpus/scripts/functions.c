/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* probe made: kprobe */
#define NC_WINDOW 256
#define NC_FIELD_WORDS 2
#define NC_KEY_WORDS 1
#define NC_VALUE_WORDS 1
#define NC_SLOTS 0
#define NC_SLOT_WORDS 1
#define NC_CAPTURE 65535
#define NC_NEEDS_INNER 1
#define NC_COMPARE_EXCHANGE 1
#define NC_KPROBE 1
#define NC_HAS_PACKET 1
#define NC_SKB(ctx) (ctx)->NC_ARGUMENT(0)
#define NC_SKB_SLOT(ctx) (&(ctx)[0])
#define NC_SOCK(ctx) 0

#include "skb_packet.h"
#include "filter.h"
#include "reads.h"
#include "layers.h"
#include "tables.h"

static const u64 nc_zeros[67] = {};

/* table ttl[] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_HASH);
		__uint(max_entries, 1);
		__uint(key_size, 8);
		__uint(value_size, 536);
	});
} ttl_table SEC(".maps");
NC_REFUSED(ttl_table);

static __always_inline bool script_is_reset_0(struct nc_run *run, u64 *result)
{
	/* line 1:  */
	bool has_tcp_1 = (run->layers & NC_OUTER(NC_TCP)) != 0;
	u64 tcp_flags_rst_2 = 0;
	if (has_tcp_1)
		tcp_flags_rst_2 = nc_field(run, run->s->outer.at[NC_TCP], 13, 1) >> 2 & 0x1;
	bool both_4 = has_tcp_1 && tcp_flags_rst_2;
	if (both_4) {
		u64 tcp_flags_syn_3 = 0;
		if (has_tcp_1)
			tcp_flags_syn_3 = nc_field(run, run->s->outer.at[NC_TCP], 13, 1) >> 1 & 0x1;
		both_4 = !(has_tcp_1 && tcp_flags_syn_3);
	}
	result[0] = both_4;
	return true;
	return false;
}

static __always_inline enum nc_outcome nc_body(struct nc_run *run)
{
	bool sum_there = false;
	u64 sum_ = 0;
	bool i_there = false;
	u64 i_ = 0;
	run->layers = nc_layers(run);
	/* line 1:  */
	u64 result_1[1] = {};
	bool has_2 = script_is_reset_0(run, result_1);
	u64 v_3 = result_1[0];
	if (!(has_2 && v_3))
		return NC_FILTERED;
	sum_there = true;
	sum_ = 0;
	i_there = true;
	i_ = 0;
	for (u32 round_4 = 0; round_4 < 8; round_4++) {
		if (!((s64)i_ < (s64)8))
			break;
		bool has_tcp_5 = (run->layers & NC_OUTER(NC_TCP)) != 0;
		u64 bytes_6 = NC_NOT_THERE;
		if (has_tcp_5 && i_there && (s64)i_ >= 0)
			bytes_6 = nc_number(run->level, (u64)run->s->outer.at[NC_TCP] + 4 * (nc_field(run, run->s->outer.at[NC_TCP], 12, 1) >> 4 & 15) + i_, 1);
		bool has_7 = bytes_6 < NC_NOT_THERE;
		u64 v_8 = (u64)sum_ ^ bytes_6;
		sum_there = sum_there && has_7;
		sum_ = v_8;
		i_++;
	}
	bool has_inner_ip_9 = (run->layers & NC_INNER(NC_IP)) != 0;
	u64 ip_ttl_10 = 0;
	if (has_inner_ip_9)
		ip_ttl_10 = nc_field(run, run->s->inner.at[NC_IP], 8, 1);
	if (has_inner_ip_9) {
		run->s->key[0] = 0;
		u64 *row_11 = nc_row(&ttl_table, run->s->key, nc_zeros, &ttl_table_refused);

		if (row_11)
			nc_add_to_bucket(row_11, ip_ttl_10, nc_bucket_hist(ip_ttl_10), 66);
	}
	run->s->fields[0] = 0;
	run->s->fields[0] |= (u64)sum_there << 0;
	run->s->fields[1] = (sum_there ? sum_ : 0);
	nc_send(run);
	return NC_HANDLED;
}

#include "script_probe.h"
