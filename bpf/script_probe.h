/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The program of a script's probe, by the mechanism: NC_FENTRY, NC_KPROBE, NC_KRETPROBE, NC_TRACEPOINT
 * (typed by BTF), NC_RECORD (a tracepoint's record, as tracefs describes it), NC_RAW_TRACEPOINT; in
 * programs NC_UPROBE, NC_URETPROBE and, at a mark, NC_USDT. But for kprobes the object is loaded once for
 * each point. NC_KRETPROBE, NC_FEXIT and NC_URETPROBE are those that ask nothing of the call: see
 * script_return.h for the others.
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

#ifdef NC_RAW_TRACEPOINT
SEC("raw_tp") int nc_probe(const u64 *ctx)
{
	return nc_script(ctx, (const void *)NC_SKB(ctx), NULL, NC_SOCK(ctx), nc_config.point);
}
#endif

#ifdef NC_KRETPROBE
SEC("kretprobe") int nc_probe(const struct pt_regs *ctx)
{
	return nc_script(ctx, NULL, NULL, 0, nc_config.point);
}
#endif

#ifdef NC_FEXIT
SEC("fexit") int nc_probe(const u64 *ctx)
{
	return nc_script(ctx, NULL, NULL, 0, nc_config.point);
}
#endif

#ifdef NC_USDT
SEC("usdt") int nc_probe(const struct pt_regs *ctx)
{
	return nc_script(ctx, NULL, NULL, 0, nc_config.point);
}
#endif

#ifdef NC_UPROBE
SEC("uprobe") int nc_probe(const struct pt_regs *ctx)
{
	return nc_script(ctx, NULL, NULL, 0, nc_config.point);
}
#endif

#ifdef NC_URETPROBE
SEC("uretprobe") int nc_probe(const struct pt_regs *ctx)
{
	return nc_script(ctx, NULL, NULL, 0, nc_config.point);
}
#endif
