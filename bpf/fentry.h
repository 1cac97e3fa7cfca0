/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Function entry by BPF trampoline. The object is loaded once per function. */
#include "handle.h"

SEC("fentry") int nc_probe(const u64 *ctx)
{
	return nc_handle((const void *)ctx[NC_SKB_ARGUMENT], &ctx[NC_SKB_ARGUMENT],
			 &nc_config.point);
}
