/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* probe made: kprobe */
#define NC_WINDOW 256
#define NC_FIELD_WORDS 4
#define NC_KEY_WORDS 1
#define NC_VALUE_WORDS 1
#define NC_SLOTS 1
#define NC_SLOT_WORDS 2
#define NC_CAPTURE 65535
#define NC_COMPARE_EXCHANGE 1
#define NC_KPROBE 1
#define NC_HAS_PACKET 1
#define NC_SKB(ctx) (ctx)->NC_ARGUMENT(1)
#define NC_SKB_SLOT(ctx) (&(ctx)[1])
#define NC_SOCK(ctx) (ctx)->NC_ARGUMENT(0)

#include "skb_packet.h"
#include "filter.h"
#include "reads.h"
#include "layers.h"
#include "tables.h"

static const u64 nc_zeros[8] = {};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sk_buff___s0 {
	u32 mark;
};

struct sk_buff___s1 {
	enum { NC_E1 } mark;
};

#pragma clang attribute pop

static __always_inline enum nc_outcome nc_body(struct nc_run *run)
{
	/* line 2: where c { return sock->sk_rcvbuf > limit; } */
	u64 sock_1 = run->sock;
	bool has_sock_2 = sock_1 != 0;
	if (!script_c_0((void *)run->ctx, (void *)run->skb, (const u8 *)run->s->packet.start, run->s->packet.len, (void *)(has_sock_2 ? sock_1 : 0), NULL, 0))
		return NC_FILTERED;
	/* line 3: c { bpf_printk("x"); } emit a: s8, mark = skb.mark, b from c { */
	script_c_1((void *)run->ctx, (void *)run->skb, (const u8 *)run->s->packet.start, run->s->packet.len, NULL, NULL, 0);
	u64 *user_3 = run->s->slots[0];
	nc_clear(user_3, 2);
	if (script_c_2((void *)run->ctx, (void *)run->skb, (const u8 *)run->s->packet.start, run->s->packet.len, NULL, NULL, 0, (void *)user_3)) {
		run->s->fields[0] = 0;
		u64 v_4 = (u64)(s64)((const struct script_user_2 *)user_3)->a;
		run->s->fields[0] |= 1ULL << 0;
		run->s->fields[1] = v_4;
		u64 at_5 = nc_member_or(run->skb, struct sk_buff___s0, mark,
			nc_member(run->skb, struct sk_buff___s1, mark));
		bool has_6 = run->skb != 0;
		u64 k_skb_mark_7 = 0;
		bool reads_8 = has_6 && nc_read_integer(at_5, 4, &k_skb_mark_7);
		u64 v_9 = (u64)(u32)k_skb_mark_7;
		run->s->fields[0] |= (u64)reads_8 << 1;
		run->s->fields[2] = (reads_8 ? v_9 : 0);
		u64 v_10 = (u64)(s64)((const struct script_user_2 *)user_3)->b;
		run->s->fields[0] |= 1ULL << 2;
		run->s->fields[3] = v_10;
		nc_send(run);
	}
	return NC_HANDLED;
}

#include "script_probe.h"
