/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* probe made: fentry */
#define NC_WINDOW 256
#define NC_FIELD_WORDS 13
#define NC_KEY_WORDS 2
#define NC_VALUE_WORDS 11
#define NC_SLOTS 3
#define NC_SLOT_WORDS 10
#define NC_CAPTURE 65535
#define NC_COMPARE_EXCHANGE 1
#define NC_FENTRY 1
#define NC_SKB(ctx) 0
#define NC_SKB_SLOT(ctx) NULL
#define NC_SOCK(ctx) nc_argument((const u64 *)(ctx), 0)

#include "skb_packet.h"
#include "filter.h"
#include "reads.h"
#include "layers.h"
#include "tables.h"

static const u64 nc_zeros[8] = {};

/* state conn */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(key_size, 16);
	__uint(value_size, 88);
} conn_state SEC(".maps");
NC_REFUSED(conn_state);

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sock___s0 {
	struct {
		u32 skc_daddr;
	} __sk_common;
};

struct tcp_sock___s1 {
	u64 bytes_acked;
};

#pragma clang attribute pop

static __always_inline enum nc_outcome nc_body(struct nc_run *run)
{
	/* line 1:  */
	run->s->key[0] = 0;
	u64 sock_1 = run->sock;
	bool has_sock_2 = sock_1 != 0;
	run->s->key[0] |= (u64)has_sock_2 << 0;
	run->s->key[1] = (has_sock_2 ? sock_1 : 0);
	const u64 *row_3 = nc_state_get(&conn_state, run->s->key, nc_now(run), 30000000000LL);
	bool has_4 = row_3 != NULL;
	if (!has_4) {
		run->s->value[0] = nc_now(run);
		(run->s->value + 1)[0] = 0;
		u64 time_5 = nc_now(run);
		(run->s->value + 1)[0] |= 1ULL << 0;
		(run->s->value + 1)[1] = time_5;
		u64 *comm_6 = run->s->slots[0];
		nc_comm(run, comm_6);
		(run->s->value + 1)[0] |= 1ULL << 1;
		nc_copy((run->s->value + 1) + 2, comm_6, 8);
		run->s->key[0] = 0;
		run->s->key[0] |= (u64)has_sock_2 << 0;
		run->s->key[1] = (has_sock_2 ? sock_1 : 0);
		nc_state_set(&conn_state, run->s->key, run->s->value, &conn_state_refused);
	}
	run->s->fields[0] = 0;
	run->s->key[0] = 0;
	run->s->key[0] |= (u64)has_sock_2 << 0;
	run->s->key[1] = (has_sock_2 ? sock_1 : 0);
	const u64 *row_7 = nc_state_get(&conn_state, run->s->key, nc_now(run), 30000000000LL);
	bool has_9 = row_7 != NULL;
	u64 *kept_8 = run->s->slots[1];
	if (row_7)
		nc_copy(kept_8, row_7 + 1, 10);
	bool has_10 = has_9 && (kept_8[0] >> 1 & 1);
	run->s->fields[0] |= (u64)has_10 << 0;
	if (has_10)
		nc_copy(run->s->fields + 1, (kept_8 + 2), 8);
	else
		nc_clear(run->s->fields + 1, 8);
	u64 at_11 = nc_member(sock_1, struct sock___s0, __sk_common.skc_daddr);
	bool has_12 = has_sock_2 && sock_1 != 0;
	u64 sock_13 = at_11 - nc_field_byte_offset(((struct sock___s0 *)0)->__sk_common.skc_daddr);
	u64 k_sock___sk_common_skc_daddr_14 = 0, k_sock___sk_common_skc_daddr_15 = 0;
	bool reads_16 = has_12 && nc_read_by_family(sock_13, nc_of_sock(sock_13, skc_daddr), nc_of_sock(sock_13, skc_v6_daddr), &k_sock___sk_common_skc_daddr_14, &k_sock___sk_common_skc_daddr_15);
	run->s->fields[0] |= (u64)reads_16 << 1;
	run->s->fields[9] = (reads_16 ? k_sock___sk_common_skc_daddr_14 : 0);
	run->s->fields[10] = (reads_16 ? k_sock___sk_common_skc_daddr_15 : 0);
	u64 at_17 = nc_member_or(sock_1, struct tcp_sock___s1, bytes_acked, 0);
	bool has_18 = has_sock_2 && sock_1 != 0 && nc_field_exists(((struct tcp_sock___s1 *)0)->bytes_acked);
	u64 k_tcp_sock_sock__bytes_acked_19 = 0;
	bool reads_20 = has_18 && nc_read_integer(at_17, 8, &k_tcp_sock_sock__bytes_acked_19);
	run->s->fields[0] |= (u64)reads_20 << 2;
	run->s->fields[11] = (reads_20 ? k_tcp_sock_sock__bytes_acked_19 : 0);
	u64 time_21 = nc_now(run);
	run->s->key[0] = 0;
	run->s->key[0] |= (u64)has_sock_2 << 0;
	run->s->key[1] = (has_sock_2 ? sock_1 : 0);
	const u64 *row_22 = nc_state_get(&conn_state, run->s->key, nc_now(run), 30000000000LL);
	bool has_24 = row_22 != NULL;
	u64 *kept_23 = run->s->slots[2];
	if (row_22)
		nc_copy(kept_23, row_22 + 1, 10);
	bool has_25 = has_24 && (kept_23[0] >> 0 & 1);
	u64 v_26 = has_25 ? kept_23[1] : 0;
	u64 v_27 = (u64)time_21 - v_26;
	run->s->fields[0] |= (u64)has_25 << 3;
	run->s->fields[12] = (has_25 ? v_27 : 0);
	nc_send(run);
	return NC_HANDLED;
}

#include "script_probe.h"
