/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Call chains, kept by the kernel under a number. */
#ifndef NETCAP_STACKS_H
#define NETCAP_STACKS_H

#include "kernel.h"

#define NC_STACK_USER 256 /* the process's, not the kernel's */

/* Its size is set before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 4096);
	__uint(key_size, sizeof(u32));
	__uint(value_size, NC_STACK_FRAMES * sizeof(u64));
} nc_stacks SEC(".maps");

/* Chains that were not kept: see enum nc_stack_loss. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NC_STACK_LOSSES);
	__type(key, u32);
	__type(value, u64);
} nc_stack_losses SEC(".maps");

/*
 * The number of the current chain, negative if there is none. Another chain that has the same number
 * is not replaced: what has been sent already refers to it.
 */
static __always_inline s64 nc_stack_number(const void *ctx, u64 flags)
{
	s64 id = bpf_get_stackid(ctx, &nc_stacks, flags);

	if (id < 0) {
		u32 reason = id == -17 ? NC_STACK_COLLISION : NC_STACK_UNREADABLE; /* EEXIST */
		u64 *lost = bpf_map_lookup_elem(&nc_stack_losses, &reason);

		if (lost)
			asm volatile("lock *(u64 *)(%0 + 0) += %1" : : "r"(lost), "r"(1ULL) : "memory");
	}
	return id;
}

#endif
