/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Function entry by kprobe. One program serves every function with the same skb argument. */
#include "handle.h"
#include "registers.h"

SEC("kprobe") int nc_probe(const struct pt_regs *ctx)
{
	u32 point;

	if (!nc_point_of(ctx, &point))
		return 0;
	return nc_handle((const void *)ctx->NC_ARGUMENT(NC_SKB_ARGUMENT), NULL,
			 &point);
}
