/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Runs a script's body over packets that user space puts into a map, one at a time, by
 * BPF_PROG_TEST_RUN of a socket filter program: what the body asks of the packet, of the moment and
 * of the kernel comes from there, and what it sends goes into another map.
 */
#ifndef NETCAP_SCRIPT_RUN_H
#define NETCAP_SCRIPT_RUN_H

#include "kernel.h"

#define NC_NOT_THERE (1ULL << 32)

struct nc_run_input {
	struct nc_run_surroundings around;
	u8 bytes[NC_RUN_PACKET_MAX + NC_WINDOW];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, struct nc_run_input);
} nc_run_input SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, struct nc_run_result);
} nc_run_result SEC(".maps");

struct nc_packet {
	u32 captured_len;
	u32 len;
	u32 link;
};

static __always_inline struct nc_run_input *nc_run_given(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&nc_run_input, &zero);
}

static __always_inline u32 nc_packet_window(const struct nc_packet *packet, u8 *window)
{
	struct nc_run_input *input = nc_run_given();

	if (!input)
		return 0;
	for (u32 i = 0; i < NC_WINDOW / 8; i++)
		((u64 *)window)[i] = ((u64 *)input->bytes)[i];
	return packet->captured_len < NC_WINDOW ? packet->captured_len : NC_WINDOW;
}

/* Bytes of the packet that can be read. */
static __always_inline u32 nc_packet_at_hand(const struct nc_packet *packet)
{
	return packet->captured_len;
}

static __always_inline u64 nc_packet_number(const struct nc_packet *packet, u64 at, u32 size)
{
	struct nc_run_input *input = nc_run_given();
	u64 number = 0;

	if (!input || at + size > packet->len)
		return NC_NOT_THERE;
	if (at + size > packet->captured_len)
		return 2 * NC_NOT_THERE;
	for (u32 i = 0; i < 4; i++) {
		u64 place = at + i;

		if (i == size)
			break;
		nc_forget(place);
		if (place >= NC_RUN_PACKET_MAX)
			return NC_NOT_THERE;
		number = number << 8 | input->bytes[place];
	}
	return number;
}

/* For filter.h. */
static __always_inline int nc_packet_load(const struct nc_packet *packet, u32 offset, u32 size,
					  u32 *value)
{
	u64 number = nc_packet_number(packet, offset, size);

	*value = number;
	return number < NC_NOT_THERE ? 0 : number == NC_NOT_THERE ? 1 : -1;
}

static __always_inline bool nc_packet_piece(const struct nc_packet *packet, u32 at, u32 len,
					    u32 before, const u8 **bytes)
{
	struct nc_run_input *input = nc_run_given();

	if (!input || packet->captured_len < at + len)
		return false;
	*bytes = input->bytes + at - before;
	return true;
}

#include "script.h"

/* What a body can ask of the moment: see skb_packet.h. */
#define NC_RUN_ASKED(name, member)                                                                \
	static __always_inline u64 name(const struct nc_run *run)                                 \
	{                                                                                          \
		struct nc_run_input *input = nc_run_given();                                       \
                                                                                                   \
		return input ? input->around.member : 0;                                           \
	}
NC_RUN_ASKED(nc_now, time_ns)
NC_RUN_ASKED(nc_cpu, cpu)
NC_RUN_ASKED(nc_pid, tgid)
NC_RUN_ASKED(nc_tid, tid)
NC_RUN_ASKED(nc_cgroup, cgroup)
NC_RUN_ASKED(nc_run_ifindex, ifindex)
NC_RUN_ASKED(nc_run_netns, netns)
#undef NC_RUN_ASKED

static __always_inline void nc_comm(const struct nc_run *run, u64 *text)
{
	struct nc_run_input *input = nc_run_given();

	nc_clear(text, NC_TEXT_WORDS);
	if (input)
		__builtin_memcpy(text, input->around.comm, NC_NAME_LEN);
}

static __always_inline bool nc_function(const struct nc_run *run, u64 *text)
{
	struct nc_run_input *input = nc_run_given();

	if (!input)
		return false;
	nc_copy(text, (const u64 *)input->around.function, NC_TEXT_WORDS);
	return true;
}

static __always_inline bool nc_interface_index(const struct nc_run *run, u64 *index)
{
	*index = nc_run_ifindex(run);
	return *index != 0;
}

static __always_inline bool nc_interface_name(const struct nc_run *run, u64 *text)
{
	struct nc_run_input *input = nc_run_given();

	if (!input || !input->around.ifindex)
		return false;
	nc_clear(text, NC_TEXT_WORDS);
	__builtin_memcpy(text, input->around.ifname, NC_NAME_LEN);
	return true;
}

static __always_inline bool nc_namespace(const struct nc_run *run, u64 *number)
{
	*number = nc_run_netns(run);
	return nc_run_ifindex(run) != 0;
}

static __always_inline bool nc_stack(const struct nc_run *run, u64 *number)
{
	return false;
}

/* A value that a probe would read from the kernel's memory; `words` words from `first` on. */
static __always_inline bool nc_run_read(u32 index, u32 first, u64 *to, u32 words)
{
	struct nc_run_input *input = nc_run_given();

	if (!input || !(input->around.reads_present >> index & 1))
		return false;
	nc_copy(to, input->around.reads + first, words);
	return true;
}

static __always_inline void nc_send(struct nc_run *run)
{
	u32 zero = 0;
	struct nc_run_result *result = bpf_map_lookup_elem(&nc_run_result, &zero);
	u64 index = run->events;

	nc_forget(index);
	if (!result || index >= NC_RUN_EMISSIONS) {
		run->lost++;
		return;
	}
	result->capture[index] = run->capture;
	nc_copy(result->fields[index], run->s->fields, NC_FIELD_WORDS);
	run->events = index + 1;
}

/* Defines the program that runs nc_body(). */
#define NC_SCRIPT_RUN()                                                                           \
	SEC("socket") int nc_run_script(void *context)                                             \
	{                                                                                          \
		struct nc_run_input *input = nc_run_given();                                       \
		struct nc_run run = {.capture = NC_CAPTURE};                                       \
		struct nc_run_result *result;                                                      \
		struct nc_packet packet;                                                           \
		u32 zero = 0;                                                                      \
		u32 outcome;                                                                       \
		u32 *level;                                                                        \
                                                                                                   \
		result = bpf_map_lookup_elem(&nc_run_result, &zero);                               \
		if (!input || !result)                                                             \
			return -1;                                                                 \
		packet.captured_len = input->around.packet.captured_len;                           \
		packet.len = input->around.packet.packet_len;                                      \
		packet.link = input->around.link;                                                  \
		outcome = nc_body_usual(&run, &packet);                                            \
		if (outcome == NC_UNDECIDED) {                                                     \
			level = nc_enter(&run);                                                    \
			if (!level)                                                                \
				return -1;                                                         \
			run.skb = input->around.skb;                                               \
			run.s->packet = packet;                                                    \
			outcome = nc_body(&run);                                                   \
			nc_leave(&run, level);                                                     \
		}                                                                                  \
		result->outcome = outcome;                                                         \
		result->emissions = run.events;                                                    \
		return 0;                                                                          \
	}

#endif
