/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Tracepoint with the types of its arguments from BTF. The object is loaded once per tracepoint. */
#include "handle.h"

SEC("tp_btf") int nc_probe(const u64 *ctx)
{
	return nc_handle((const void *)ctx[NC_SKB_ARGUMENT], &ctx[NC_SKB_ARGUMENT],
			 &nc_config.point);
}
