/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the C made of a script's probe stands on: memory of its own, the packet's numbers, texts and
 * arithmetic. Included behind what knows where packets are (skb_packet.h in the kernel, script_run.h
 * for packets from a map), which defines
 *
 *	struct nc_packet, with the members len and link;
 *	u32 nc_packet_window(const struct nc_packet *packet, u8 *window): the packet's first bytes,
 *		NC_WINDOW at most; returns how many there are;
 *	u64 nc_packet_number(const struct nc_packet *packet, u64 at, u32 size): a big-endian number
 *		of 1, 2 or 4 bytes, or NC_NOT_THERE;
 *	bool nc_packet_piece(const struct nc_packet *packet, u32 at, u32 len, u32 before,
 *			     const u8 **bytes): where the packet's bytes [at, at + len) are, if in one
 *		piece: *bytes is `before` bytes before that, and can be read at constant offsets.
 *
 * Before that, the generated text defines how large that memory is: NC_KEY_WORDS, NC_VALUE_WORDS,
 * NC_FIELD_WORDS (an event's, its presence word included), NC_SLOTS and NC_SLOT_WORDS.
 */
#ifndef NETCAP_SCRIPT_H
#define NETCAP_SCRIPT_H

#include "kernel.h"

/* What a body's usual form says where it does not decide: no outcome, the full form is to run. */
#define NC_UNDECIDED NC_OUTCOMES
#ifndef NC_USUAL_FORM
#define nc_body_usual(run, packet) NC_UNDECIDED
#endif

#define NC_LEVELS 4              /* task, soft interrupt, interrupt, NMI */
#define NC_TEXT_WORDS 8          /* of a text: 64 bytes, the end filled with NUL */
#define NC_TEXT_LEN 64
#define NC_LAYERS 10             /* enum nc_layer */

/* Where the layers of a packet, or of the one in its tunnel, are. */
struct nc_layout {
	u32 at[NC_LAYERS]; /* offset of the layer, where it is there */
	u32 end;           /* where the IP header says that the packet ends */
	u32 proto;         /* of the upper layer, behind extension headers */
	u32 payload;       /* of the packet in the tunnel: where it begins */
	u32 type;          /* and what: an EtherType, NC_TYPE_ETHERNET */
};

#ifdef NC_PACKET_COUNT
/* What a program was given, where its body runs over many packets. */
struct nc_given {
	struct pt_regs registers;
#ifdef NC_USDT
	u64 marks[NC_USDT_ARGUMENTS];
	bool has[NC_USDT_ARGUMENTS];
#endif
};
#endif

/*
 * Memory of a program while it runs: the stack of 512 bytes does not hold texts and keys. Before
 * 5.12 a program for fentry can interrupt itself: so it has several, one for each level.
 */
struct nc_scratch {
	struct nc_packet packet;
	u32 window_len;
	u32 layers;
	struct nc_layout outer, inner;
	u64 key[NC_KEY_WORDS];
	u64 value[NC_VALUE_WORDS];
	u64 fields[NC_FIELD_WORDS];
	u64 slots[NC_SLOTS][NC_SLOT_WORDS];
#ifdef NC_PACKET_COUNT
	struct nc_given given;
#endif
	u64 window[NC_WINDOW / 8];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NC_LEVELS);
	__type(key, u32);
	__type(value, struct nc_scratch);
} nc_scratch SEC(".maps");

/* Of programs of kprobes and of tracepoints' records one runs on a CPU at a time: the kernel sees to it. */
#if defined(NC_KPROBE) || defined(NC_KRETPROBE) || defined(NC_RECORD)
#define NC_RUNS_ALONE 1
#else
/* How often this program is running on this CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} nc_level SEC(".maps");
#endif

/* One run of a probe's body. */
struct nc_run {
	struct nc_scratch *s;
	const u64 *ctx; /* what the program was given */
	u64 skb;        /* address, 0 for none */
	u64 sock;       /* address of the socket that an argument is, 0 for none */
	u32 level;
	u32 point;
	u32 layers;  /* bits of nc_layout_bit */
	u32 capture; /* bytes kept of the packet */
	u64 events;  /* sent */
	u64 lost;    /* not sent: the ring was full */
};

static __always_inline struct nc_scratch *nc_scratch_at(u32 level)
{
	return bpf_map_lookup_elem(&nc_scratch, &level);
}

#if defined(NC_PACKET_COUNT) && defined(NC_USDT)
/* nc_mark_argument() of what the program was given. */
static __always_inline bool nc_given_argument(const struct nc_run *run, u32 number, u64 *value)
{
	if (number >= NC_USDT_ARGUMENTS)
		return false;
	*value = run->s->given.marks[number];
	return run->s->given.has[number];
}
#endif

/* Takes a level; NULL where all are in use. What it returns is handed to nc_leave(). */
#ifdef NC_RUNS_ALONE
static __always_inline u32 *nc_enter(struct nc_run *run)
{
	run->level = 0;
	run->s = nc_scratch_at(0);
	return (u32 *)run->s;
}

static __always_inline void nc_leave(const struct nc_run *run, u32 *level)
{
}
#else
static __always_inline u32 *nc_enter(struct nc_run *run)
{
	u32 zero = 0;
	u32 *level = bpf_map_lookup_elem(&nc_level, &zero);

	if (!level || *level >= NC_LEVELS)
		return NULL;
	run->level = *level;
	run->s = nc_scratch_at(run->level);
	if (!run->s)
		return NULL;
	*level = run->level + 1;
	return level;
}

static __always_inline void nc_leave(const struct nc_run *run, u32 *level)
{
	*level = run->level;
}
#endif

/* Numbers within a window, wherever they are: what scripts run on loads them at any address. */
static __always_inline u64 nc_big_endian(const u8 *from, u32 size)
{
	if (size == 1)
		return *from;
	if (size == 2)
		return __builtin_bswap16(*(const nc_any_u16 *)from);
	return __builtin_bswap32(*(const nc_any_u32 *)from);
}

static __always_inline u64 nc_in_window(const struct nc_scratch *s, u64 at, u32 size)
{
#ifdef NC_IN_PLACE
	if (likely(!s->packet.vlan)) {
		u64 number = nc_big_endian(nc_bytes(s->packet.start + at), size);

		/* The verifier wants this load and the one below to stay two. */
		nc_forget(number);
		return number;
	}
#endif
	return nc_big_endian((const u8 *)s->window + at, size);
}

/*
 * The big-endian number of 1, 2 or 4 bytes at this offset, or NC_NOT_THERE. A global function: the
 * verifier looks at it once (see skb.h).
 */
__noinline u64 nc_number(u32 level, u64 at, u32 size)
{
	struct nc_scratch *s = nc_scratch_at(level);

	if (!s || at > 0xffffff || size > 4)
		return NC_NOT_THERE;
	if (at + size <= s->window_len && at <= NC_WINDOW - 4)
		return nc_in_window(s, at, size);
	return nc_packet_number(&s->packet, at, size);
}

/* Whether the packet has `size` bytes, four or more, at this offset, and they can be read. */
__noinline u32 nc_there(u32 level, u64 at, u32 size)
{
	struct nc_scratch *s = nc_scratch_at(level);

	if (!s || at > 0xffffff)
		return 0;
	if (at + size <= s->window_len)
		return 1;
	for (u32 i = 0; i < 10; i++) {
		u32 offset = i * 4;

		if (offset >= size)
			break;
		if (offset + 4 > size)
			offset = size - 4;
		/* Not by nc_number(): eight functions may call each other, and there are as many. */
		if (nc_packet_number(&s->packet, at + offset, 4) >= NC_NOT_THERE)
			return 0;
	}
	return 1;
}

/* A field of a layer that is there: where its bytes are in the window, without a call. */
static __always_inline u64 nc_field(const struct nc_run *run, u32 layer_at, u32 offset, u32 size)
{
	u64 at = (u64)layer_at + offset;

	nc_forget(at);
	if (likely(at <= NC_WINDOW - 4 && at + size <= run->s->window_len))
		return nc_in_window(run->s, at, size);
	return nc_number(run->level, at, size);
}

static __always_inline u64 nc_field_mac(const struct nc_run *run, u32 layer_at, u32 offset)
{
	return nc_field(run, layer_at, offset, 2) << 32 |
	       nc_field(run, layer_at, offset + 2, 4);
}

static __always_inline u64 nc_field_u64(const struct nc_run *run, u32 layer_at, u32 offset)
{
	return nc_field(run, layer_at, offset, 4) << 32 |
	       nc_field(run, layer_at, offset + 4, 4);
}

/* The low half of an IPv4 address that stands in 128 bits; its high half is 0. */
#define NC_MAPPED(address) (0xffff00000000ULL | (u32)(address))

/* Arithmetic that rounds to zero; the divisor is not 0. eBPF's own division is unsigned. */
static __always_inline u64 nc_magnitude(u64 number)
{
	u64 magnitude = (s64)number < 0 ? -number : number;

	nc_forget(magnitude);
	return magnitude;
}

static __always_inline u64 nc_divide(u64 a, u64 b)
{
	u64 quotient = nc_magnitude(a) / nc_magnitude(b);

	return (s64)(a ^ b) < 0 ? -quotient : quotient;
}

static __always_inline u64 nc_remainder(u64 a, u64 b)
{
	u64 remainder = nc_magnitude(a) % nc_magnitude(b);

	return (s64)a < 0 ? -remainder : remainder;
}

/* A flow the other way. */
static __always_inline void nc_reverse(u64 *to, const u64 *flow)
{
	u64 ends = flow[4];

	to[0] = flow[2];
	to[1] = flow[3];
	to[2] = flow[0];
	to[3] = flow[1];
	to[4] = (ends >> 16 & 0xffff) << 32 | (ends >> 32 & 0xffff) << 16 | (ends & 0xffff);
}

/* Whether an address begins with the `bits` bits of another. */
static __always_inline bool nc_in_prefix(u64 high, u64 low, u64 of_high, u64 of_low, u32 bits)
{
	if (bits <= 64)
		return !bits || !((high ^ of_high) >> (64 - bits));
	return high == of_high && !((low ^ of_low) >> (128 - bits));
}

/* Several words: a text, a flow, what a state keeps. */
static __always_inline void nc_copy(u64 *to, const u64 *from, u32 words)
{
	for (u32 i = 0; i < words; i++)
		to[i] = from[i];
}

static __always_inline void nc_clear(u64 *to, u32 words)
{
	for (u32 i = 0; i < words; i++)
		to[i] = 0;
}

static __always_inline bool nc_same(const u64 *a, const u64 *b, u32 words)
{
	u64 difference = 0;

	for (u32 i = 0; i < words; i++)
		difference |= a[i] ^ b[i];
	return !difference;
}

/* -1, 0 or 1: texts in the order of their bytes. */
static __always_inline int nc_order(const u64 *a, const u64 *b)
{
	for (u32 i = 0; i < NC_TEXT_WORDS; i++) {
		u64 x = __builtin_bswap64(a[i]), y = __builtin_bswap64(b[i]);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

/* A packet as the filters of a script see it: from this offset on. */
struct nc_view {
	u32 level;
	u32 at;
};

static __always_inline int nc_view_load(const struct nc_view *view, u32 offset, u32 size, u32 *value)
{
	u64 number = nc_number(view->level, (u64)view->at + offset, size);

	*value = number;
	if (likely(number < NC_NOT_THERE))
		return 0;
	return number == NC_NOT_THERE ? 1 : -1;
}

static __always_inline int nc_view_load_indirect(const struct nc_view *view, u32 x, u32 k, u32 size,
						 u32 *value)
{
	u64 offset = (u64)x + k;

	if (offset >> 31)
		return 1;
	return nc_view_load(view, offset, size, value);
}

#define NC_FILTER_FAST_MAX 128 /* the most bytes that a fast form looks at */

/* What a fast form looks at; in place, packets that had a tag put in are left to the slow form. */
#ifdef NC_IN_PLACE
#define NC_SCRIPT_WINDOW(s, at)                                                                   \
	const u8 *window = nc_bytes((s)->packet.start + (at));                                     \
	if (likely(!(s)->packet.vlan))
#else
#define NC_SCRIPT_WINDOW(s, at) const u8 *window = (const u8 *)(s)->window + (at);
#endif

/*
 * Defines whether a packet matches a filter of the script, by its forms for packets that start with
 * Ethernet and with IP: 0, 1 or NC_FILTER_FAULT. Depth 1 is the packet in a tunnel.
 */
#define NC_SCRIPT_FILTER(name, ethernet, ETHERNET, raw_ip, RAW_IP)                                \
	static __always_inline int name(const struct nc_run *run, u32 depth)                      \
	{                                                                                          \
		const struct nc_scratch *s = run->s;                                               \
		struct nc_view view = {run->level, depth ? s->outer.payload : 0};                  \
		bool has_link = depth ? s->outer.type == 0x6558 : s->packet.link == NC_LINK_ETHERNET; \
		u32 len = s->packet.len - view.at;                                                 \
		u64 at = view.at;                                                                  \
		int verdict = NC_FILTER_RETRY;                                                     \
		u32 needed = has_link ? NC_FILTER_##ETHERNET##_WINDOW :                            \
					NC_FILTER_##RAW_IP##_WINDOW;                               \
                                                                                                   \
		if (depth && (!(run->layers & 1u << NC_LAYERS) || view.at > s->packet.len))        \
			return 0;                                                                  \
		nc_forget(at);                                                                     \
		if (at + NC_FILTER_FAST_MAX <= NC_WINDOW &&                                        \
		    (at + needed <= s->window_len || s->window_len == s->packet.len)) {            \
			NC_SCRIPT_WINDOW(s, at)                                                    \
			verdict = has_link ? nc_filter_##ethernet##_window(window, len, 1) :       \
					     nc_filter_##raw_ip##_window(window, len, 1);          \
		}                                                                                  \
		if (verdict != NC_FILTER_RETRY)                                                    \
			return verdict;                                                            \
		return has_link ? nc_filter_##ethernet##_slow(&view, len) :                        \
				  nc_filter_##raw_ip##_slow(&view, len);                           \
	}

#endif
