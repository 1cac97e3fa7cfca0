/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What a function was called with, kept from its entry to its return: two programs, one at each,
 * share a record of the call. The text that includes this defines `struct nc_call` first.
 *
 * A call is known by its task (each CPU's idle task is one of its own), its point and its frame: so
 * calls that interrupts and recursion nest are told apart, and so are functions that end in a jump
 * to another one and return with it.
 */
#ifndef NETCAP_CALLS_H
#define NETCAP_CALLS_H

#include "registers.h"

struct nc_call_key {
	u64 task;
	u64 frame;
	u64 point;
};

#ifndef NC_CALLS
#define NC_CALLS 4096
#endif

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NC_CALLS);
	__type(key, struct nc_call_key);
	__type(value, struct nc_call);
} nc_calls SEC(".maps");

/* What a record begins as: zeros, too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct nc_call);
} nc_blank_call SEC(".maps");

/*
 * The frame of a call. By kprobe and kretprobe: where its return address is, or on arm64 the stack's
 * end. By fentry and fexit: where the trampoline, the same for both, keeps the arguments; a pointer
 * becomes a number only in halves.
 */
#if defined(__TARGET_ARCH_x86)
#define nc_frame_at_entry(regs) ((regs)->sp)
#define nc_frame_at_return(regs) ((regs)->sp - 8)
#else
#define nc_frame_at_entry(regs) ((regs)->sp)
#define nc_frame_at_return(regs) ((regs)->sp)
#endif

static __always_inline u64 nc_frame_of_trampoline(const u64 *ctx)
{
	u32 half;

	asm volatile("%0 = %1" : "=w"(half) : "w"((u32)(u64)ctx));
	return half;
}

static __always_inline void nc_call_name(struct nc_call_key *key, u32 point, u64 frame)
{
	key->task = bpf_get_current_task();
	key->frame = frame;
	key->point = point;
}

/* At the entry: a record of zeros; NULL where there is no room for another call. */
static __always_inline struct nc_call *nc_call_begin(u32 point, u64 frame)
{
	u32 zero = 0;
	struct nc_call_key key;
	struct nc_call *blank = bpf_map_lookup_elem(&nc_blank_call, &zero);

	nc_call_name(&key, point, frame);
	if (!blank || bpf_map_update_elem(&nc_calls, &key, blank, 0))
		return NULL;
	return bpf_map_lookup_elem(&nc_calls, &key);
}

/* At the return: the record; NULL where the entry kept none. It is to be ended in any case. */
static __always_inline struct nc_call *nc_call_find(u32 point, u64 frame)
{
	struct nc_call_key key;

	nc_call_name(&key, point, frame);
	return bpf_map_lookup_elem(&nc_calls, &key);
}

static __always_inline void nc_call_end(u32 point, u64 frame)
{
	struct nc_call_key key;

	nc_call_name(&key, point, frame);
	bpf_map_delete_elem(&nc_calls, &key);
}

#endif
