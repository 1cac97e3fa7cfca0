/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* probe made: usdt */
#define NC_WINDOW 256
#define NC_FIELD_WORDS 10
#define NC_KEY_WORDS 1
#define NC_VALUE_WORDS 1
#define NC_SLOTS 1
#define NC_SLOT_WORDS 9
#define NC_CAPTURE 65535
#define NC_COMPARE_EXCHANGE 1
#define NC_USDT 1

#include "skb_packet.h"
#include "filter.h"
#include "reads.h"
#include "layers.h"
#include "tables.h"

static const u64 nc_zeros[8] = {};

static __always_inline enum nc_outcome nc_body(struct nc_run *run)
{
	/* line 1:  */
	u64 argument_1 = 0;
	bool has_2 = nc_mark_argument(run->ctx, 0, &argument_1);
	if (!(has_2 && (s64)40 < (s64)argument_1))
		return NC_FILTERED;
	run->s->fields[0] = 0;
	run->s->fields[0] |= (u64)has_2 << 0;
	run->s->fields[1] = (has_2 ? argument_1 : 0);
	u64 argument_3 = 0;
	bool has_4 = nc_mark_argument(run->ctx, 1, &argument_3);
	u64 *text_5 = run->s->slots[0];
	bool reads_6 = has_4 && argument_3 != 0 && nc_read_text(argument_3, NC_TEXT_LEN, text_5);
	run->s->fields[0] |= (u64)reads_6 << 1;
	if (reads_6)
		nc_copy(run->s->fields + 2, text_5, 8);
	else
		nc_clear(run->s->fields + 2, 8);
	nc_send(run);
	return NC_HANDLED;
}

#include "script_probe.h"
