/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What a script's probe at a return does, in two programs: nc_entry keeps what the body asks of the
 * call, nc_probe runs the body with that. The generated text defines nc_body() and nc_call_values(),
 * which reads from the kernel's memory what the body wants of it as it was at the call.
 *
 * A call is counted when it returns, or at its entry if it was filtered or not kept there.
 */
#include "call_packet.h"
#include "script_handle.h"

static __always_inline int nc_script_entry(const void *ctx, const void *skb, const u64 *slot,
					   u64 sock, u32 point, u64 frame)
{
	struct nc_run run = {.ctx = ctx, .sock = sock, .point = point};
	struct nc_packet packet = {};
	struct nc_call *call = NULL;
	u32 *level;

	if (!nc_is_enabled())
		return 0;
#ifdef NC_HAS_PACKET
	enum nc_outcome outcome = nc_select(skb, slot, &packet);

	if (outcome != NC_EMITTED) {
		nc_count(&point, outcome);
		/* What a call that never returned has left in this frame. */
		nc_call_end(point, frame);
		return 0;
	}
	nc_select_numbers(skb, slot, &packet);
	run.skb = packet.skb;
#endif
	level = nc_enter(&run);
	if (level)
		call = nc_call_begin(point, frame);
	if (call) {
#ifdef NC_REBUILDS
		run.s->packet = packet;
		nc_rebuild(run.level, run.skb, sock, NC_FLOW(ctx));
		nc_call_keep(call, &run.s->packet);
#else
		nc_call_keep(call, &packet);
#endif
		nc_call_values(&run, call);
	} else {
		nc_call_end(point, frame);
		nc_count_script(point, NC_NESTED, 1);
	}
	if (level)
		nc_leave(&run, level);
	return 0;
}

static __always_inline int nc_script_return(const void *ctx, u32 point, u64 frame)
{
	struct nc_call_run here = {
		.run = {.ctx = ctx, .point = point, .capture = NC_CAPTURE},
		.call = nc_call_find(point, frame),
	};
	struct nc_run *run = &here.run;
	enum nc_outcome outcome;
	u32 *level;

	if (!here.call)
		return 0;
	level = nc_is_enabled() ? nc_enter(run) : NULL;
	if (level) {
		run->skb = here.call->head.skb;
		nc_call_restore(here.call, &run->s->packet);
		outcome = nc_body(run);
		nc_leave(run, level);
		nc_count_run(run, outcome);
	} else {
		nc_count_script(point, NC_NESTED, 1);
	}
	nc_call_end(point, frame);
	return 0;
}

#ifdef NC_FEXIT
SEC("fexit") int nc_probe(const u64 *ctx)
{
	return nc_script_return(ctx, nc_config.point, nc_frame_of_trampoline(ctx));
}

SEC("fentry") int nc_entry(const u64 *ctx)
{
	return nc_script_entry(ctx, (const void *)NC_SKB(ctx), NC_SKB_SLOT(ctx), NC_SOCK(ctx),
			       nc_config.point, nc_frame_of_trampoline(ctx));
}
#endif

#ifdef NC_KRETPROBE
SEC("kretprobe") int nc_probe(const struct pt_regs *ctx)
{
	return nc_script_return(ctx, nc_config.point, nc_frame_at_return(ctx));
}

SEC("kprobe") int nc_entry(const struct pt_regs *ctx)
{
	return nc_script_entry(ctx, (const void *)NC_SKB(ctx), NULL, NC_SOCK(ctx),
			       nc_config.point, nc_frame_at_entry(ctx));
}
#endif

#ifdef NC_URETPROBE
SEC("uretprobe") int nc_probe(const struct pt_regs *ctx)
{
	return nc_script_return(ctx, nc_config.point, nc_frame_at_return(ctx));
}

SEC("uprobe") int nc_entry(const struct pt_regs *ctx)
{
	return nc_script_entry(ctx, NULL, NULL, 0, nc_config.point, nc_frame_at_entry(ctx));
}
#endif
