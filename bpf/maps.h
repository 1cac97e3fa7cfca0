/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The maps that all objects of a session share. The first object that is loaded creates them, the
 * others reuse its descriptors; sizes are set before.
 */
#ifndef NETCAP_MAPS_H
#define NETCAP_MAPS_H

#include "kernel.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} nc_ring SEC(".maps");

/* Counters, a cache line per point and CPU: index = point * cpus + cpu. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct nc_counters);
} nc_counters SEC(".maps");

/* 0 until every point is attached and again before the first is detached: nothing is done then. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} nc_enabled SEC(".maps");

/* A section, and so a map, of its own: set before loading, constants to the verifier. */
volatile const struct nc_config nc_config SEC(".rodata.config") = {};

static __always_inline bool nc_is_enabled(void)
{
	u32 zero = 0;
	volatile u32 *enabled = bpf_map_lookup_elem(&nc_enabled, &zero);

	return enabled && *enabled;
}

/*
 * Counts what became of a packet. An interrupt can come in between, so the addition is atomic: in
 * assembly, because compilers may choose a form that 5.10 does not know.
 */
static __always_inline int nc_count(u32 point, enum nc_outcome outcome)
{
	u32 index = point * nc_config.cpus + bpf_get_smp_processor_id();
	struct nc_counters *counters = bpf_map_lookup_elem(&nc_counters, &index);

	if (counters)
		asm volatile("lock *(u64 *)(%0 + 0) += %1"
			     :
			     : "r"(&counters->outcome[outcome]), "r"(1ULL)
			     : "memory");
	return 0;
}

#endif
