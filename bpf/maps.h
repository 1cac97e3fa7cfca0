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

/*
 * What became of packets. An object that serves one point has the counters itself; what serves many
 * shares those of all points.
 */
#ifdef NC_KPROBE
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct nc_point_counters);
} nc_counters SEC(".maps");
#else
struct nc_point_counters nc_own_counters SEC(".bss.counters");
#endif

/* NC_IDLE until every point is attached and again before the first is detached. */
volatile enum nc_state nc_enabled SEC(".data.enabled") = NC_IDLE;

/* A section, and so a map, of its own: set before loading, constants to the verifier. */
volatile const struct nc_config nc_config SEC(".rodata.config") = {};

static __always_inline bool nc_is_enabled(void)
{
	return nc_enabled == NC_TRACING;
}

/* The counters of a point on this CPU, or NULL. */
static __always_inline struct nc_counters *nc_counters_of(const volatile u32 *point)
{
	u64 line = bpf_get_smp_processor_id() & (NC_COUNTER_LINES - 1);
#ifdef NC_KPROBE
	u32 index = *point;
	struct nc_point_counters *counters = bpf_map_lookup_elem(&nc_counters, &index);

	return counters ? &counters->line[line] : NULL;
#else
	return &nc_own_counters.line[line];
#endif
}

/* Counts what became of a packet. */
static __always_inline int nc_count(const volatile u32 *point, enum nc_outcome outcome)
{
	struct nc_counters *counters = nc_counters_of(point);

	if (counters)
		nc_add(&counters->outcome[outcome], 1);
	return 0;
}

#endif
