/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Marks in programs (USDT): where their arguments are. libbpf reads that from the program's notes and
 * puts it into these two maps, which it finds by name; the layout is an interface of libbpf
 * (usdt.bpf.h).
 */
#ifndef NETCAP_USDT_H
#define NETCAP_USDT_H

#include "registers.h"

#define NC_USDT_ARGUMENTS 12

enum nc_usdt_place {
	NC_USDT_CONSTANT,
	NC_USDT_REGISTER,
	NC_USDT_MEMORY, /* at an offset from a register */
	NC_USDT_PLACE_WIDTH = 0x7fffffff,
};

struct nc_usdt_argument {
	u64 value; /* the constant, or the offset */
	enum nc_usdt_place place;
	short register_offset; /* in struct pt_regs */
	bool is_signed;
	char shift; /* 64 - its bits */
};

struct nc_usdt_spec {
	struct nc_usdt_argument arguments[NC_USDT_ARGUMENTS];
	u64 cookie;
	short count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 256);
	__type(key, int);
	__type(value, struct nc_usdt_spec);
} __bpf_usdt_specs SEC(".maps");

/* Without attach cookies the address of the mark tells. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, long);
	__type(value, u32);
} __bpf_usdt_ip_to_spec_id SEC(".maps");

static __always_inline const struct nc_usdt_spec *nc_usdt_spec(const struct pt_regs *regs)
{
	int id;

	if (nc_config.cookies) {
		id = bpf_get_attach_cookie((void *)regs);
	} else {
		long address = regs->ip;
		u32 *found = bpf_map_lookup_elem(&__bpf_usdt_ip_to_spec_id, &address);

		if (!found)
			return NULL;
		id = *found;
	}
	return bpf_map_lookup_elem(&__bpf_usdt_specs, &id);
}

/* Argument `number`, from 0, a constant; false where the mark has none or it cannot be read. */
static __always_inline bool nc_usdt_argument(const struct pt_regs *regs,
					     const struct nc_usdt_spec *spec, u32 number, u64 *value)
{
	const struct nc_usdt_argument *argument;
	u64 result = 0;

	if (number >= NC_USDT_ARGUMENTS || number >= (u32)spec->count)
		return false;
	argument = &spec->arguments[number];
	switch (argument->place) {
	case NC_USDT_CONSTANT:
		result = argument->value;
		break;
	case NC_USDT_REGISTER:
		if (bpf_probe_read_kernel(&result, sizeof(result),
					  (const char *)regs + argument->register_offset))
			return false;
		break;
	case NC_USDT_MEMORY:
		if (bpf_probe_read_kernel(&result, sizeof(result),
					  (const char *)regs + argument->register_offset) ||
		    bpf_probe_read_user(&result, sizeof(result),
					(const void *)(result + argument->value)))
			return false;
		break;
	default:
		return false;
	}
	result <<= argument->shift;
	*value = argument->is_signed ? (u64)((s64)result >> argument->shift) :
				       result >> argument->shift;
	return true;
}

/* The same for what a program is given. */
static __always_inline bool nc_mark_argument(const void *ctx, u32 number, u64 *value)
{
	const struct nc_usdt_spec *spec = nc_usdt_spec(ctx);

	return spec && nc_usdt_argument(ctx, spec, number, value);
}

/* And 0 where there is none. */
static __always_inline u64 nc_mark_number(const void *ctx, u32 number)
{
	u64 value = 0;

	return nc_mark_argument(ctx, number, &value) ? value : 0;
}

#endif
