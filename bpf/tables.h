/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Tables and states. A table is an array of one map, its rows: to take them user space puts an empty
 * map in, which the kernel lets go on only when no program uses the old one any more. So no update is
 * lost, and rows that have been taken do not change.
 */
#ifndef NETCAP_TABLES_H
#define NETCAP_TABLES_H

#include "script.h"

/* Beside each table and state: how often something was not kept because it was full. */
#define NC_REFUSED(name)                                                                           \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                  \
		__uint(max_entries, 1);                                                            \
		__type(key, u32);                                                                  \
		__type(value, u64);                                                                \
	} name##_refused SEC(".maps")

static __always_inline void nc_refuse(void *refused)
{
	u32 zero = 0;
	u64 *count = bpf_map_lookup_elem(refused, &zero);

	if (count)
		nc_add(count, 1);
}

/* The row for a key, which begins as `fresh`; NULL: there was no room for it. */
static __always_inline u64 *nc_row(void *table, const void *key, const void *fresh,
				   void *refused)
{
	u32 zero = 0;
	void *rows = bpf_map_lookup_elem(table, &zero);
	u64 *row;

	if (!rows)
		return NULL;
	row = bpf_map_lookup_elem(rows, key);
	if (likely(row))
		return row;
	/* Another CPU can be quicker: then its row is found. */
	bpf_map_update_elem(rows, key, fresh, BPF_NOEXIST);
	row = bpf_map_lookup_elem(rows, key);
	if (!row)
		nc_refuse(refused);
	return row;
}

#ifdef NC_COMPARE_EXCHANGE
#define nc_exchange(place, old, new) (__sync_val_compare_and_swap(place, old, new) == (old))
#else
/* The row is this CPU's own: only an interrupt can come in between. */
#define nc_exchange(place, old, new) (*(volatile u64 *)(place) = (new), true)
#endif

static __always_inline void nc_keep_larger(u64 *place, u64 value)
{
	for (int i = 0; i < 16; i++) {
		u64 old = *(volatile u64 *)place;

		if (old >= value || nc_exchange(place, old, value))
			return;
	}
}

/*
 * A row begins with zeros, on CPUs that add nothing too. So a maximum is kept as its distance from
 * the lowest number, a minimum as its distance from the highest: 0 for none yet.
 */
static __always_inline void nc_keep_maximum(u64 *place, u64 value)
{
	nc_keep_larger(place, value ^ 1ULL << 63);
}

static __always_inline void nc_keep_minimum(u64 *place, u64 value)
{
	nc_keep_larger(place, ~(value ^ 1ULL << 63));
}

/* Position of the highest bit that is set; the number is not 0. */
static __always_inline u32 nc_highest_bit(u64 number)
{
	u32 bit = 0;

	for (u32 step = 32; step; step /= 2) {
		if (number >> step) {
			number >>= step;
			bit += step;
		}
	}
	return bit;
}

/* Buckets: as Aggregation.bucket(of:) in Sources/Language/Script/Stores.swift says. */
__noinline u32 nc_bucket_hist(u64 value)
{
	if ((s64)value <= 0)
		return value ? 0 : 1;
	return 2 + nc_highest_bit(value);
}

__noinline u32 nc_bucket_quantiles(u64 value)
{
	u32 bit;

	if ((s64)value <= 0)
		return 0;
	bit = nc_highest_bit(value);
	return 1 + 16 * bit + ((bit >= 4 ? value >> (bit - 4) : value << (4 - bit)) & 15);
}

static __always_inline u32 nc_bucket_linear(u64 value, u64 low, u64 high, u64 step, u32 buckets)
{
	if ((s64)value < (s64)low)
		return 0;
	if ((s64)value >= (s64)high)
		return buckets - 1;
	return 1 + (value - low) / step;
}

/* What a row is made of, by what its table keeps; `buckets` follow a sum. */
static __always_inline void nc_add_to_bucket(u64 *row, u64 value, u64 bucket, u32 buckets)
{
	nc_add(&row[0], value);
	nc_forget(bucket);
	if (bucket < buckets)
		nc_add(&row[1 + bucket], 1);
}

static __always_inline void nc_add_average(u64 *row, u64 value)
{
	nc_add(&row[0], 1);
	nc_add(&row[1], value);
}

static __always_inline void nc_add_minimum(u64 *row, u64 value)
{
	nc_add(&row[0], 1);
	nc_keep_minimum(&row[1], value);
}

static __always_inline void nc_add_maximum(u64 *row, u64 value)
{
	nc_add(&row[0], 1);
	nc_keep_maximum(&row[1], value);
}

static __always_inline void nc_add_stats(u64 *row, u64 value)
{
	nc_add(&row[0], 1);
	nc_add(&row[1], value);
	nc_keep_minimum(&row[2], value);
	nc_keep_maximum(&row[3], value);
}

/* A state's row: when it was set, which of its members are present, their words. */
static __always_inline void nc_state_set(void *state, const u64 *key, const u64 *row,
				       void *refused)
{
	if (bpf_map_update_elem(state, key, row, BPF_ANY))
		nc_refuse(refused);
}

/*
 * The row for a key, NULL where there is none or its time is over; a lifetime of 0: for ever. Another
 * CPU may have set it after this run began: it is as new as can be then.
 */
static __always_inline u64 *nc_state_get(void *state, const u64 *key, u64 now, u64 lifetime)
{
	u64 *row = bpf_map_lookup_elem(state, key);

	if (!row || (lifetime && (s64)(now - row[0]) > (s64)lifetime))
		return NULL;
	return row;
}

#endif
