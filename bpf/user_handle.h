/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What a script's probe does where the packets are a program's. Included behind nc_body(). The generated
 * text defines NC_PACKET(ctx), the address of the mbuf or of the bytes, and NC_PACKET_LEN(ctx), their
 * number; where they are many, NC_PACKET(ctx) is the array of their addresses and NC_PACKET_COUNT(ctx)
 * how many there are.
 */
#ifndef NETCAP_USER_HANDLE_H
#define NETCAP_USER_HANDLE_H

/* Runs the body over a packet. */
static __always_inline void nc_script_over(struct nc_run *run, u64 address, u64 len)
{
	struct nc_packet *packet = &run->s->packet;

	__builtin_memset(packet, 0, sizeof(*packet));
	if (!nc_user_find(address, len, packet)) {
		nc_count(&run->point, NC_NO_PACKET);
		return;
	}
	packet->skb = address;
	run->skb = address;
	nc_count_run(run, nc_body(run));
}

#ifdef NC_PACKET_COUNT

#define NC_PACKETS_MAX 512 /* of one call; DPDK's bursts have 32 or so */

/*
 * One of many. A global function: the verifier looks at the body once, and not for each of them. It is
 * given numbers only, so what the program was given is a copy.
 */
__noinline u32 nc_script_one(u32 level, u64 address)
{
	struct nc_run run = {
		.point = nc_config.point, .capture = NC_CAPTURE, .level = level,
		.s = nc_scratch_at(level),
	};

	if (!run.s)
		return 0;
	run.ctx = (const u64 *)&run.s->given.registers;
	nc_script_over(&run, address, 0);
	return 0;
}

static __always_inline int nc_script_user(const struct pt_regs *ctx)
{
	struct nc_run run = {.point = nc_config.point};
	u64 packets, count;
	u32 *level;

	if (!nc_is_enabled())
		return 0;
	packets = NC_PACKET(ctx);
	/* An int or smaller; what is above it in the register is anything. */
	count = (u32)NC_PACKET_COUNT(ctx);
	if (count >> 31)
		count = 0;
	level = nc_enter(&run);
	if (!level) {
		nc_count_script(run.point, NC_NESTED, count);
		return 0;
	}
	bpf_probe_read_kernel(&run.s->given.registers, sizeof(run.s->given.registers), ctx);
#ifdef NC_USDT
	for (u32 i = 0; i < NC_USDT_ARGUMENTS; i++)
		run.s->given.has[i] = nc_mark_argument(ctx, i, &run.s->given.marks[i]);
#endif
	for (u32 i = 0; i < NC_PACKETS_MAX; i++) {
		u64 address = 0;

		if (i >= count)
			break;
		if (bpf_probe_read_user(&address, sizeof(address),
					(const void *)(packets + i * sizeof(address))))
			address = 0;
		nc_script_one(run.level, address);
	}
	if (count > NC_PACKETS_MAX)
		nc_count_script(run.point, NC_NESTED, count - NC_PACKETS_MAX);
	nc_leave(&run, level);
	return 0;
}

#else

static __always_inline int nc_script_user(const struct pt_regs *ctx)
{
	struct nc_run run = {
		.ctx = (const u64 *)ctx, .point = nc_config.point, .capture = NC_CAPTURE,
	};
	u32 *level;

	if (!nc_is_enabled())
		return 0;
	level = nc_enter(&run);
	if (!level) {
		nc_count_script(run.point, NC_NESTED, 1);
		return 0;
	}
	nc_script_over(&run, NC_PACKET(ctx), NC_PACKET_LEN(ctx));
	nc_leave(&run, level);
	return 0;
}

#endif /* NC_PACKET_COUNT */

#ifdef NC_USDT
SEC("usdt") int nc_probe(const struct pt_regs *ctx)
#else
SEC("uprobe") int nc_probe(const struct pt_regs *ctx)
#endif
{
	return nc_script_user(ctx);
}

#endif
