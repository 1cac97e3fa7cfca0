/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The program of a script's probe, by the mechanism: NC_FENTRY, NC_KPROBE, NC_TRACEPOINT (typed by
 * BTF) or NC_RECORD (a tracepoint's record, as tracefs describes it).
 */
#include "script_handle.h"

#ifdef NC_KPROBE
#include "registers.h"

SEC("kprobe") int nc_probe(const struct pt_regs *ctx)
{
	u32 point;

	if (!nc_point_of(ctx, &point))
		return 0;
	return nc_script(ctx, (const void *)NC_SKB(ctx), NULL, NC_SOCK(ctx), point);
}
#endif

#ifdef NC_FENTRY
SEC("fentry") int nc_probe(const u64 *ctx)
{
	return nc_script(ctx, (const void *)NC_SKB(ctx), NC_SKB_SLOT(ctx), NC_SOCK(ctx),
			 nc_config.point);
}
#endif

#ifdef NC_TRACEPOINT
SEC("tp_btf") int nc_probe(const u64 *ctx)
{
	return nc_script(ctx, (const void *)NC_SKB(ctx), NC_SKB_SLOT(ctx), NC_SOCK(ctx),
			 nc_config.point);
}
#endif

#ifdef NC_RECORD
SEC("tracepoint") int nc_probe(const u64 *ctx)
{
	return nc_script(ctx, (const void *)NC_SKB(ctx), NULL, NC_SOCK(ctx), nc_config.point);
}
#endif
