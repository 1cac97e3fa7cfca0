/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Runs a packet filter over packets that user space puts into a map, one at a time: for
 * `netcap filter -r` and for the tests, by BPF_PROG_TEST_RUN of socket filter programs. The
 * program's data is not looked at: the map takes packets that test-run cannot carry, too.
 */
#ifndef NETCAP_FILTER_RUN_H
#define NETCAP_FILTER_RUN_H

#include "kernel.h"

/* Behind the packet there is room for what a window takes in and must not judge by. */
#define NC_RUN_BYTES (NC_RUN_PACKET_MAX + 256)

struct nc_run_input {
	struct nc_run_packet packet;
	u8 bytes[NC_RUN_BYTES]; /* the packet begins NC_FILTER_NAME_ALIGN bytes in */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, struct nc_run_input);
} nc_run_input SEC(".maps");

/* What a filter looks at: here a packet in the map. */
struct nc_packet {
	const u8 *bytes;
	u32 captured_len;
};

static __noinline int nc_packet_load(const struct nc_packet *packet, u32 offset, u32 size,
				     u32 *value)
{
	u32 result = 0;

	if (offset >= packet->captured_len || size > packet->captured_len - offset)
		return 1;
	for (u32 i = 0; i < 4; i++) {
		u32 at = offset + i;

		if (i == size)
			break;
		if (at >= NC_RUN_PACKET_MAX)
			return -1;
		result = result << 8 | packet->bytes[at];
	}
	*value = result;
	return 0;
}

#include "filter.h"

#define NC_RUN_NOT_ASKED 255 /* the fast form: the window was not captured whole */

/* Defines the program for the filter `name`: the fast form's verdict, and the slow one's << 8. */
#define NC_FILTER_RUN(name, NAME)                                                                  \
	SEC("socket") int nc_run_##name(void *context)                                             \
	{                                                                                          \
		u64 words[(NC_FILTER_##NAME##_ALIGN + NC_FILTER_##NAME##_WINDOW + 7) / 8 + 1];     \
		u8 *window = (u8 *)words + NC_FILTER_##NAME##_ALIGN;                               \
		u32 zero = 0;                                                                      \
		struct nc_run_input *input = bpf_map_lookup_elem(&nc_run_input, &zero);            \
		struct nc_packet packet;                                                           \
		u32 fast = NC_RUN_NOT_ASKED;                                                       \
                                                                                                   \
		if (!input)                                                                        \
			return -1;                                                                 \
		packet.bytes = input->bytes + NC_FILTER_##NAME##_ALIGN;                            \
		packet.captured_len = input->packet.captured_len;                                         \
		__builtin_memcpy(window, packet.bytes, NC_FILTER_##NAME##_WINDOW);                 \
		if (packet.captured_len >= NC_FILTER_##NAME##_WINDOW ||                            \
		    packet.captured_len == input->packet.packet_len)                                      \
			fast = nc_filter_##name##_fast(window, input->packet.packet_len, &packet);        \
		return fast | nc_filter_##name##_slow(&packet, input->packet.packet_len) << 8;            \
	}

#endif
