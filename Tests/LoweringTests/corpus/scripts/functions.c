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

static __always_inline bool script_is_reset_0(struct nc_run *run, u64 *result)
{
	/* line 1:  */
	bool has_tcp1 = (run->layers & NC_OUTER(NC_TCP)) != 0;
	u64 tcp_flags_rst_2 = 0;
	if (has_tcp1)
		tcp_flags_rst_2 = nc_field(run, run->s->outer.at[NC_TCP], 13, 1) >> 2 & 0x1;
	bool both4 = has_tcp1 && tcp_flags_rst_2;
	if (both4) {
		u64 tcp_flags_syn_3 = 0;
		if (has_tcp1)
			tcp_flags_syn_3 = nc_field(run, run->s->outer.at[NC_TCP], 13, 1) >> 1 & 0x1;
		both4 = !(has_tcp1 && tcp_flags_syn_3);
	}
	result[0] = both4;
	return true;
	return false;
}

static __always_inline enum nc_outcome nc_body(struct nc_run *run)
{
	bool has_sum_ = false;
	u64 sum_ = 0;
	bool has_i_ = false;
	u64 i_ = 0;
	run->layers = nc_layers(run);
	/* line 1:  */
	u64 result1[1] = {};
	bool has2 = script_is_reset_0(run, result1);
	u64 v3 = result1[0];
	if (!(has2 && v3))
		return NC_FILTERED;
	has_sum_ = true;
	sum_ = 0;
	has_i_ = true;
	i_ = 0;
	for (u32 round4 = 0; round4 < 8; round4++) {
		if (!((s64)i_ < (s64)8))
			break;
		bool has_tcp5 = (run->layers & NC_OUTER(NC_TCP)) != 0;
		u64 bytes6 = NC_NOT_THERE;
		if (has_tcp5 && has_i_ && (s64)i_ >= 0)
			bytes6 = nc_number(run->level, (u64)run->s->outer.at[NC_TCP] + 4 * (nc_field(run, run->s->outer.at[NC_TCP], 12, 1) >> 4 & 15) + i_, 1);
		bool has7 = bytes6 < NC_NOT_THERE;
		u64 v8 = (u64)sum_ ^ bytes6;
		has_sum_ = has_sum_ && has7;
		sum_ = v8;
		i_++;
	}
	bool has_inner_ip9 = (run->layers & NC_INNER(NC_IP)) != 0;
	u64 ip_ttl_10 = 0;
	if (has_inner_ip9)
		ip_ttl_10 = nc_field(run, run->s->inner.at[NC_IP], 8, 1);
	if (has_inner_ip9) {
		run->s->key[0] = 0;
		u64 *row11 = nc_row(&ttl_table, run->s->key, nc_zeros, 0);

		if (row11)
			nc_add_to_bucket(row11, ip_ttl_10, nc_bucket_hist(ip_ttl_10), 66);
	}
	run->s->fields[0] = 0;
	run->s->fields[0] |= (u64)has_sum_ << 0;
	run->s->fields[1] = (has_sum_ ? sum_ : 0);
	nc_send(run);
	return NC_HANDLED;
}

#include "script_probe.h"
