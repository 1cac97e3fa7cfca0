/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What kprobes, kretprobes and uprobes are given: registers, in which arguments and results are.
 * One program serves many functions; which one it is, the attach cookie tells, or before 5.15 the
 * address in a table.
 */
#ifndef NETCAP_REGISTERS_H
#define NETCAP_REGISTERS_H

#include "maps.h"

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags,
		sp, ss;
};
#define NC_ARGUMENT_0 di
#define NC_ARGUMENT_1 si
#define NC_ARGUMENT_2 dx
#define NC_ARGUMENT_3 cx
#define NC_ARGUMENT_4 r8
#define NC_ARGUMENT_5 r9
#define NC_RETURNED ax
#define NC_PROBED_ADDRESS(regs) ((regs)->ip - 1) /* behind the breakpoint */
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	u64 regs[31], sp, ip;
};
#define NC_ARGUMENT_0 regs[0]
#define NC_ARGUMENT_1 regs[1]
#define NC_ARGUMENT_2 regs[2]
#define NC_ARGUMENT_3 regs[3]
#define NC_ARGUMENT_4 regs[4]
#define NC_ARGUMENT_5 regs[5]
#define NC_RETURNED regs[0]
#define NC_PROBED_ADDRESS(regs) ((regs)->ip)
#endif

#define NC_PASTE(a, b) a##b
#define NC_ARGUMENT(n) NC_PASTE(NC_ARGUMENT_, n)

/* Addresses of the probed functions and their points. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, u32);
} nc_points SEC(".maps");

/* At a function's entry by kprobe: the point that it is; false for none of ours. */
static __always_inline bool nc_point_of(const struct pt_regs *regs, u32 *point)
{
	if (nc_config.cookies) {
		*point = bpf_get_attach_cookie((void *)regs);
	} else {
		u64 address = NC_PROBED_ADDRESS(regs);
		u32 *found = bpf_map_lookup_elem(&nc_points, &address);

		if (!found)
			return false;
		*point = *found;
	}
	return true;
}

#endif
