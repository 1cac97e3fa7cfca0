/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The kernel/user ABI, and the only one: what an eBPF program of netcap writes to the ring buffer
 * and to the counters, and what it is configured with. Compiled by clang for the kernel side and
 * imported by Swift for the user side. Fixed widths, explicit padding, host byte order throughout.
 */
#ifndef NETCAP_EVENT_H
#define NETCAP_EVENT_H

#ifdef __bpf__
typedef unsigned char nc_u8;
typedef unsigned short nc_u16;
typedef unsigned int nc_u32;
typedef unsigned long long nc_u64;
#else
#include <stdint.h>
typedef uint8_t nc_u8;
typedef uint16_t nc_u16;
typedef uint32_t nc_u32;
typedef uint64_t nc_u64;
#endif

#define NC_NAME_LEN 16 /* TASK_COMM_LEN, IFNAMSIZ */

/* Where the captured bytes begin. */
enum nc_link {
	NC_LINK_ETHERNET = 1, /* an Ethernet header */
	NC_LINK_NONE = 2,     /* the network header; nc_event.protocol tells which */
};

/* nc_event.flags */
#define NC_EVENT_UNREADABLE 1u /* bytes before packet_len and the capture limit could not be read */
/* Headers that the packet did not have yet, made of its socket. */
#define NC_EVENT_MADE_ETHERNET 2u
#define NC_EVENT_MADE_NETWORK 4u
#define NC_EVENT_MADE_TRANSPORT 8u

/*
 * One event: a packet at a point. field_words words of what a script's `emit` sends follow: bits
 * for the fields that are present, then each field's words. Behind them are captured_len bytes of
 * the packet. An offloaded VLAN tag is put back where it stands on the wire, so packet_len counts it.
 */
struct nc_event {
	nc_u64 time_ns;      /* CLOCK_MONOTONIC */
	nc_u64 skb;          /* address of the sk_buff */
	nc_u32 packet_len;   /* bytes from the packet's start, captured or not */
	nc_u32 captured_len; /* bytes of the packet that follow */
	nc_u32 ifindex;      /* 0: skb->dev is not set */
	nc_u32 netns;        /* inode number of skb->dev's network namespace, 0 if not set */
	nc_u32 tgid;         /* the process ("pid" of ps) */
	nc_u32 tid;          /* the thread */
	nc_u32 cpu;
	nc_u32 point;        /* number of the point in the session */
	nc_u16 protocol;     /* skb->protocol, an EtherType */
	nc_u8 link;          /* enum nc_link */
	nc_u8 flags;         /* NC_EVENT_* */
	nc_u16 field_words;  /* words between this header and the packet's bytes */
	nc_u8 pad[2];
	char comm[NC_NAME_LEN];   /* of the current task; NUL-terminated */
	char ifname[NC_NAME_LEN]; /* NUL-terminated, empty if not set */
};
_Static_assert(sizeof(struct nc_event) == 88, "nc_event is an ABI");

/* What became of a packet that a probe was hit with; their sum over all is the number of hits. */
enum nc_outcome {
	NC_EMITTED,    /* an event is in the ring buffer */
	NC_FILTERED,   /* the packet filter said no */
	NC_OTHER_DEV,  /* on another interface than the one asked for */
	NC_NO_DEV,     /* an interface was asked for, and skb->dev is not set */
	NC_NO_PACKET,  /* no skb, or no header in it yet that a packet could start at */
	NC_RING_FULL,  /* matched, but lost: no room in the ring buffer */
	NC_UNREADABLE, /* bytes that the filter looks at could not be read */
	NC_HANDLED,    /* a script's body ran to an end, and no event was to be sent */
	NC_OUTCOMES = 8,
};

/* What scripts count beside: a body can send several events, or none. */
enum nc_script_count {
	NC_EVENTS_SENT,
	NC_EVENTS_LOST, /* no room in the ring buffer */
	NC_NESTED,      /* not run: it was interrupted by itself too often; no hit */
	NC_SCRIPT_COUNTS = 8,
};

/* Whether programs do anything. */
enum nc_state {
	NC_IDLE,
	NC_TRACING,
};

/* Counters of one point: a cache line for each of the two enumerations. */
struct nc_counters {
	nc_u64 outcome[NC_OUTCOMES];
	nc_u64 script[NC_SCRIPT_COUNTS];
};
_Static_assert(sizeof(struct nc_counters) == 128, "nc_counters is an ABI");

/* The same for each CPU; those whose numbers agree modulo NC_COUNTER_LINES share one. */
#define NC_COUNTER_LINES 64
struct nc_point_counters {
	struct nc_counters line[NC_COUNTER_LINES];
};

/* A packet that filters are run over without a probe; its bytes follow. */
struct nc_run_packet {
	nc_u32 captured_len;
	nc_u32 packet_len;
};
_Static_assert(sizeof(struct nc_run_packet) == 8, "nc_run_packet is an ABI");

#define NC_RUN_PACKET_MAX 262144 /* captured bytes: pcap's limit */

/* Addresses that are kept of a call chain: the kernel's own limit (PERF_MAX_STACK_DEPTH). */
#define NC_STACK_FRAMES 127

/* Why a call chain was not kept. */
enum nc_stack_loss {
	NC_STACK_UNREADABLE, /* there is none, or it cannot be read */
	NC_STACK_COLLISION,  /* another one has its number */
	NC_STACK_LOSSES,
};

#define NC_RUN_READS 64   /* kernel values that a body reads, and their words together */
#define NC_RUN_READ_WORDS 512
#define NC_RUN_EMISSIONS 16
#define NC_RUN_FIELD_WORDS 1024

/* What a script's body is run on without a probe; the packet's bytes follow. */
struct nc_run_surroundings {
	struct nc_run_packet packet;
	nc_u32 link;         /* enum nc_link; 0: no packet */
	nc_u32 cpu;
	nc_u64 time_ns;
	nc_u64 skb;
	nc_u64 cgroup;
	nc_u32 tgid;
	nc_u32 tid;
	nc_u32 ifindex;      /* 0: none, and no namespace and name */
	nc_u32 netns;
	char comm[NC_NAME_LEN];
	char ifname[NC_NAME_LEN];
	char function[64];
	nc_u64 reads_present; /* bits */
	nc_u64 reads[NC_RUN_READ_WORDS];
};

/* What became of it. */
struct nc_run_result {
	nc_u32 outcome;      /* enum nc_outcome */
	nc_u32 emissions;
	nc_u32 capture[NC_RUN_EMISSIONS];
	nc_u64 fields[NC_RUN_EMISSIONS][NC_RUN_FIELD_WORDS];
};

/* Constants of one loaded object, set before it is loaded (its .rodata section). */
struct nc_config {
	nc_u64 page_offset_base; /* start of the kernel's linear map; 0: page fragments unreadable */
	nc_u64 vmemmap_base;     /* start of the array of struct page */
	nc_u32 capture_max;      /* bytes kept of a packet */
	nc_u32 ifindex;          /* interface asked for; 0: any */
	nc_u32 netns;            /* of that interface */
	nc_u32 point;            /* index of the point, where one object serves one point */
	nc_u32 cookies;          /* kprobes: 1 the cookie is the point, 0 look the address up */
	nc_u32 wakeup_bytes;     /* wake the reader each time that so much is written */
	nc_u32 first_point;      /* what events add to the index of a point: probes share the ring */
	nc_u32 pad;
};
_Static_assert(sizeof(struct nc_config) == 48, "nc_config is an ABI");

#endif
