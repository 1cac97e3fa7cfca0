/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* probe made: fentry */
#define NC_WINDOW 256
#define NC_FIELD_WORDS 0
#define NC_KEY_WORDS 1
#define NC_VALUE_WORDS 1
#define NC_SLOTS 0
#define NC_SLOT_WORDS 1
#define NC_CAPTURE 65535
#define NC_COMPARE_EXCHANGE 1
#define NC_REBUILDS 1
#define NC_FLOW_FAMILY 0
#define NC_FENTRY 1
#define NC_HAS_PACKET 1
#define NC_TYPED_ARGUMENTS 1
#define NC_SKB(ctx) (ctx)[1]
#define NC_SKB_SLOT(ctx) (&(ctx)[1])
#define NC_SOCK(ctx) nc_argument((const u64 *)(ctx), 0)
#define NC_FLOW(ctx) nc_argument((const u64 *)((ctx)), 2)

#include "skb_packet.h"
#include "filter.h"
#include "reads.h"
#include "layers.h"
#include "tables.h"
#include "rebuild.h"

static const u64 nc_zeros[8] = {};

static __always_inline enum nc_outcome nc_body(struct nc_run *run)
{
	run->layers = nc_layers(run);
	/* line 2: where pkt.rebuilt */
	if (!((run->s->packet.made != 0)))
		return NC_FILTERED;
	/* line 3: rebuild */
	nc_send(run);
	return NC_HANDLED;
}

#include "script_probe.h"
