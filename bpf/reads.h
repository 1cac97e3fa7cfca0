/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What scripts read from memory, the kernel's or a process's: numbers, addresses, texts, sockets. A read that fails
 * says so, and the value is absent then.
 */
#ifndef NETCAP_READS_H
#define NETCAP_READS_H

#include "script.h"

#if defined(NC_KPROBE) || defined(NC_KRETPROBE) || defined(NC_UPROBE) ||                         \
	defined(NC_URETPROBE) || defined(NC_USDT)
#include "registers.h"
#define nc_argument(ctx, n) (((const struct pt_regs *)(ctx))->NC_ARGUMENT(n))
#define nc_returned(ctx) (((const struct pt_regs *)(ctx))->NC_RETURNED)
#elif defined(NC_RAW_TRACEPOINT)
#define nc_argument(ctx, n) ((ctx)[n])
#else
/* Read from where it is kept: as the verifier sees it, it may be a typed pointer and no number. */
static __always_inline u64 nc_argument(const u64 *ctx, u32 n)
{
	u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), ctx + n);
	return number;
}
#endif

#ifdef NC_USDT
#include "usdt.h"
#endif

/* Points in programs are about the memory of the process. */
#if defined(NC_UPROBE) || defined(NC_URETPROBE) || defined(NC_USDT)
#define nc_probe_read bpf_probe_read_user
#define nc_probe_read_str bpf_probe_read_user_str
#else
#define nc_probe_read bpf_probe_read_kernel
#define nc_probe_read_str bpf_probe_read_kernel_str
#endif

/* Where a member lies that this kernel has; see kernel.h for the relocations. */
#define nc_member(address, type, path) ((address) + nc_field_byte_offset(((type *)0)->path))

/*
 * The same where this kernel may lack the member: `otherwise` then. What is in the other branch may
 * not be computed before it is known that it can be.
 */
#define nc_member_or(address, type, path, otherwise)                                              \
	({                                                                                         \
		u64 at_;                                                                           \
                                                                                                   \
		if (nc_field_exists(((type *)0)->path)) {                                          \
			asm volatile("" : : : "memory");                                           \
			at_ = nc_member(address, type, path);                                      \
		} else {                                                                           \
			asm volatile("" : : : "memory");                                           \
			at_ = (otherwise);                                                         \
		}                                                                                  \
		at_;                                                                               \
	})

/* A pointer, or an integer of 1, 2, 4 or 8 bytes, as unsigned. */
static __always_inline bool nc_read_integer(u64 address, u32 bytes, u64 *value)
{
	u64 number = 0;

	if (nc_probe_read(&number, bytes, (const void *)address))
		return false;
	*value = number; /* little endian */
	return true;
}

/* A bit field: CO-RE tells which bytes, and how to shift them. */
#define nc_read_bits(address, type, path, is_signed, value)                                       \
	({                                                                                         \
		u64 bits_ = 0;                                                                     \
		bool read_;                                                                        \
                                                                                                   \
		asm volatile("" : : : "memory"); /* as in nc_member_or */                          \
		read_ = !nc_probe_read(                                                    \
			&bits_, nc_field_byte_size(((type *)0)->path),                             \
			(const void *)nc_member(address, type, path));                             \
                                                                                                   \
		bits_ <<= nc_field_lshift(((type *)0)->path);                                      \
		*(value) = (is_signed) ? (u64)((s64)bits_ >> nc_field_rshift(((type *)0)->path)) : \
					 bits_ >> nc_field_rshift(((type *)0)->path);              \
		read_;                                                                             \
	})

static __always_inline bool nc_read_address4(u64 address, u64 *low)
{
	u32 number = 0;

	if (nc_probe_read(&number, sizeof(number), (const void *)address))
		return false;
	*low = NC_MAPPED(__builtin_bswap32(number));
	return true;
}

static __always_inline bool nc_read_address6(u64 address, u64 *high, u64 *low)
{
	u64 halves[2] = {};

	if (nc_probe_read(halves, sizeof(halves), (const void *)address))
		return false;
	*high = __builtin_bswap64(halves[0]);
	*low = __builtin_bswap64(halves[1]);
	return true;
}

static __always_inline bool nc_read_mac(u64 address, u64 *value)
{
	u64 number = 0;

	if (nc_probe_read(&number, 6, (const void *)address))
		return false;
	*value = __builtin_bswap64(number) >> 16;
	return true;
}

/* A text of `len` bytes at most, 64 of them; the slot has room for one more word. */
static __always_inline bool nc_read_text(u64 address, u32 len, u64 *text)
{
	u64 size = (len < NC_TEXT_LEN ? len : NC_TEXT_LEN) + 1;

	nc_cap(size, NC_TEXT_LEN + 1);
	nc_clear(text, NC_TEXT_WORDS + 1);
	return nc_probe_read_str(text, size, (const void *)address) >= 0;
}

/* A text of a tracepoint's record, whose `__data_loc` field is at this address. */
static __always_inline bool nc_read_located(u64 record, u64 address, u64 *text)
{
	u64 located = 0;

	return nc_read_integer(address, 4, &located) &&
	       nc_read_text(record + (located & 0xffff), located >> 16, text);
}

#define NC_AF_INET 2
#define NC_AF_INET6 10
#define NC_TCP_TIME_WAIT 6
#define NC_TCP_NEW_SYN_RECV 12

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct nc_in6_addr {
	u32 words[4];
};

struct sock_common___script {
	u32 skc_daddr;
	u32 skc_rcv_saddr;
	u16 skc_dport; /* big endian */
	u16 skc_num;
	u16 skc_family;
	volatile unsigned char skc_state;
	struct nc_in6_addr skc_v6_daddr;
	struct nc_in6_addr skc_v6_rcv_saddr;
};

struct sock___script {
	u16 sk_protocol;
};

struct inet_sock___script {
	u16 inet_sport; /* big endian */
};

struct sk_buff___script {
	void *sk;
};

#pragma clang attribute pop

#define nc_of_sock(sock, member) nc_member(sock, struct sock_common___script, member)

/* The socket that a packet belongs to, 0 for none. */
static __always_inline u64 nc_sock_of(u64 skb)
{
	u64 sock = 0;

	if (skb)
		nc_read_integer(nc_member(skb, struct sk_buff___script, sk), 8, &sock);
	return sock;
}

/*
 * An address of a socket, IPv4 or IPv6 as the socket's family says. `four` and `six` are where each
 * would be.
 */
static __always_inline bool nc_read_by_family(u64 sock, u64 four, u64 six, u64 *high, u64 *low)
{
	u64 family = 0;

	if (!nc_read_integer(nc_of_sock(sock, skc_family), 2, &family))
		return false;
	*high = 0;
	if (family == NC_AF_INET)
		return nc_read_address4(four, low);
	return family == NC_AF_INET6 && nc_read_address6(six, high, low);
}

/* Both ends of a socket, the local one first: five words. */
static __always_inline bool nc_read_flow(u64 sock, u64 *flow)
{
	u64 local_high, local_low, high, low, port = 0, local_port = 0, state = 0, proto = 0;

	if (!nc_read_by_family(sock, nc_of_sock(sock, skc_rcv_saddr),
			       nc_of_sock(sock, skc_v6_rcv_saddr), &local_high, &local_low) ||
	    !nc_read_by_family(sock, nc_of_sock(sock, skc_daddr), nc_of_sock(sock, skc_v6_daddr),
			       &high, &low) ||
	    !nc_read_integer(nc_of_sock(sock, skc_dport), 2, &port) ||
	    !nc_read_integer(nc_of_sock(sock, skc_num), 2, &local_port) ||
	    !nc_read_integer(nc_of_sock(sock, skc_state), 1, &state))
		return false;
	if (state == NC_TCP_TIME_WAIT || state == NC_TCP_NEW_SYN_RECV) {
		/* no more than a sock_common */
		proto = 6;
	} else {
		nc_read_integer(nc_member(sock, struct sock___script, sk_protocol), 2, &proto);
		if (!local_port) {
			/* given back already, but remembered */
			nc_read_integer(nc_member(sock, struct inet_sock___script, inet_sport), 2,
					&local_port);
			local_port = nc_swap16(local_port);
		}
	}
	flow[0] = local_high;
	flow[1] = local_low;
	flow[2] = high;
	flow[3] = low;
	flow[4] = local_port << 32 | (u64)nc_swap16(port) << 16 | proto;
	return true;
}

#endif
