/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What of the kernel's types and helpers is used. Structs hold only the fields that are read: their
 * offsets are relocated to the running kernel's BTF when a program is loaded (CO-RE).
 */
#ifndef NETCAP_KERNEL_H
#define NETCAP_KERNEL_H

#include "event.h"

typedef nc_u8 u8;
typedef nc_u16 u16;
typedef nc_u32 u32;
typedef nc_u64 u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef _Bool bool;

#define true 1
#define false 0
#define NULL ((void *)0)

#define SEC(name) __attribute__((section(name), used))
#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
/* Makes the compiler forget what it knows of a value, so that a bounds check stays where it is. */
#define nc_forget(value) asm volatile("" : "+r"(value))

/*
 * Caps a 64-bit number, in the very register that is used next: the verifier does not follow what
 * a compiler does with a copy or, before 5.11, with a stack slot.
 */
#define nc_cap(value, most)                                                                       \
	asm volatile("if %0 <= %1 goto +1\n\t%0 = %1" : "+r"(value) : "r"((u64)(most)))

/* Numbers wherever they are. */
typedef u16 __attribute__((may_alias)) nc_any_u16;
typedef u32 __attribute__((may_alias)) nc_any_u32;
typedef u64 __attribute__((may_alias)) nc_any_u64;

/* BTF-defined maps */
#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name
#define __array(name, value) typeof(value) *name[]

#define BPF_MAP_TYPE_HASH 1
#define BPF_MAP_TYPE_ARRAY 2
#define BPF_MAP_TYPE_PERCPU_HASH 5
#define BPF_MAP_TYPE_PERCPU_ARRAY 6
#define BPF_MAP_TYPE_STACK_TRACE 7
#define BPF_MAP_TYPE_ARRAY_OF_MAPS 12
#define BPF_MAP_TYPE_RINGBUF 27

#define BPF_ANY 0
#define BPF_NOEXIST 1
#define BPF_F_MMAPABLE 1024
#define BPF_F_USER_STACK 256
#define BPF_RB_NO_WAKEUP 1
#define BPF_RB_FORCE_WAKEUP 2
#define NC_RECORD_HEADER_LEN 8 /* of a ring buffer's record: kernel/bpf/ringbuf.c */

/* bpf-helpers(7); the numbers are part of the kernel's ABI. */
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*const bpf_map_update_elem)(void *map, const void *key, const void *value,
					 u64 flags) = (void *)2;
static long (*const bpf_map_delete_elem)(void *map, const void *key) = (void *)3;
static u64 (*const bpf_ktime_get_ns)(void) = (void *)5;
static u32 (*const bpf_get_smp_processor_id)(void) = (void *)8;
static u64 (*const bpf_get_current_pid_tgid)(void) = (void *)14;
static long (*const bpf_get_current_comm)(void *to, u32 size) = (void *)16;
static long (*const bpf_get_stackid)(const void *ctx, void *map, u64 flags) = (void *)27;
static u64 (*const bpf_get_current_task)(void) = (void *)35;
static u64 (*const bpf_get_current_cgroup_id)(void) = (void *)80;
static long (*const bpf_probe_read_user)(void *to, u32 size, const void *from) = (void *)112;
static long (*const bpf_probe_read_kernel)(void *to, u32 size, const void *from) = (void *)113;
static long (*const bpf_probe_read_user_str)(void *to, u32 size, const void *from) = (void *)114;
static long (*const bpf_probe_read_kernel_str)(void *to, u32 size, const void *from) = (void *)115;
static void *(*const bpf_ringbuf_reserve)(void *ring, u64 size, u64 flags) = (void *)131;
static void (*const bpf_ringbuf_submit)(void *data, u64 flags) = (void *)132;
static u64 (*const bpf_get_attach_cookie)(void *ctx) = (void *)174;

#ifdef NC_IN_PLACE
/* A kernel function, from 6.2 on: lets memory be read as a type, whatever the address. */
extern void *bpf_rdonly_cast(const void *address, u32 type) __attribute__((section(".ksyms")));
static void *(*const bpf_get_current_task_btf)(void) = (void *)158;
#endif

/*
 * For functions about what few packets are. Where the kernel is new enough they are no part of their
 * callers: what most packets do not need does not take their registers.
 */
#ifdef NC_IN_PLACE
#define NC_OTHERS static __noinline
#else
#define NC_OTHERS static __always_inline
#endif

/* Relocated facts of the running kernel (enum bpf_field_info_kind, bpf_type_info_kind of CO-RE). */
#define nc_field_exists(field) __builtin_preserve_field_info(field, 2)
#define nc_field_byte_offset(field) __builtin_preserve_field_info(field, 0)
#define nc_field_byte_size(field) __builtin_preserve_field_info(field, 1)
#define nc_field_lshift(field) __builtin_preserve_field_info(field, 4)
#define nc_field_rshift(field) __builtin_preserve_field_info(field, 5)
#define nc_type_size(type) __builtin_preserve_type_info(*(type *)0, 1)
#define nc_type_id(type) __builtin_btf_type_id(*(type *)0, 1)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

/* A flavour, for its name is also that of a member. */
struct net___nc {
	struct ns_common ns;
};

typedef struct {
	struct net___nc *net;
} possible_net_t;

struct net_device {
	char name[16];
	int ifindex;
	unsigned short type;            /* ARPHRD_* */
	unsigned short hard_header_len; /* unsigned char until 5.1 */
	possible_net_t nd_net;
};

struct sock_common___family {
	u16 skc_family; /* AF_* */
};

struct sock___family {
	struct sock_common___family __sk_common;
};

struct sk_buff {
	struct sk_buff *next;
	struct sock___family *sk;
	struct net_device *dev; /* shares its bytes with others: a pointer to a device, or not */
	unsigned int len;
	unsigned int data_len;
	u16 network_header;
	u16 mac_header;
	u16 protocol;   /* big endian */
	u16 vlan_proto; /* big endian */
	u16 vlan_tci;
	unsigned int tail; /* of the linear part, from head on */
	unsigned int end;
	unsigned char *head;
	unsigned char *data;
};

/* Until 6.1: a bit tells that vlan_tci is valid. */
struct sk_buff___vlan_present {
	u8 vlan_present : 1;
};

/* From 6.2 on: no bit, but vlan_proto and vlan_tci together, 0 for no tag. */
struct sk_buff___vlan_all {
	u32 vlan_all;
};

struct skb_shared_info {
	u8 nr_frags;
	struct sk_buff *frag_list;
};

/* The array of fragments: bio_vec until 6.8, skb_frag with a tagged netmem pointer later. */
struct page;

struct bio_vec {
	struct page *bv_page;
	unsigned int bv_len;
	unsigned int bv_offset;
};

struct skb_shared_info___bio_vec {
	struct bio_vec frags[1];
};

struct skb_frag {
	unsigned long netmem; /* bit 0: not a page, and not readable by the CPU */
	unsigned int len;
	unsigned int offset;
};

struct skb_shared_info___netmem {
	struct skb_frag frags[1];
};

struct page {
	unsigned long flags;
};

struct task_struct {
	int pid;  /* of the thread */
	int tgid; /* of the process */
	char comm[16];
};

/* One array of numbers, longer than any window: what memory without a type is read as. */
struct linux_mib {
	unsigned long mibs[1];
};

#pragma clang attribute pop

#define NC_AF_XDP 44
#define ARPHRD_ETHER 1
#define ARPHRD_LOOPBACK 772

/* Packets of a device of this type start with an Ethernet header. */
#define nc_is_ethernet_type(type) ((type) == ARPHRD_ETHER || (type) == ARPHRD_LOOPBACK)

/*
 * Reads a field through any pointer or address. Only the offset is relocated: what is read is as
 * wide as the type above says.
 */
#define nc_read(address, type, field)                                                             \
	({                                                                                         \
		const type *from_ = (const type *)(address);                                       \
		typeof(((type *)0)->field) value_ = 0;                                             \
                                                                                                   \
		bpf_probe_read_kernel(&value_, sizeof(value_),                                     \
				      __builtin_preserve_access_index(&from_->field));             \
		value_;                                                                            \
	})

/*
 * The same, in place where the kernel has bpf_rdonly_cast(): a load that yields 0 where the address
 * is none. For types that every kernel has.
 */
#ifdef NC_IN_PLACE
#define nc_as(address, type)                                                                      \
	((const type *)bpf_rdonly_cast((const void *)(address), nc_type_id(type)))
#define nc_look(address, type, field) (nc_as(address, type)->field)
/* Bytes at an address, to be read at constant offsets: 1000 and more. */
#define nc_bytes(address) ((const u8 *)nc_as(address, struct linux_mib))
/* A field of eight bytes as a number, whatever it is. */
#define nc_look_number(address, type, field)                                                      \
	(*(const nc_any_u64 *)(nc_bytes(address) + nc_field_byte_offset(((type *)0)->field)))
#else
#define nc_look(address, type, field) nc_read(address, type, field)
#endif

/*
 * Reads a field of an argument of the probed function. In fentry and tp_btf programs the verifier
 * knows the argument's type and lets it be read directly; a kprobe's is a number to it.
 */
#ifdef NC_TYPED_ARGUMENTS
#define nc_get(pointer, type, field) (((const type *)(pointer))->field)
#else
#define nc_get(pointer, type, field) nc_look(pointer, type, field)
#endif

/* The same for several fields: nc_of() of what nc_typed() has made of the pointer once. */
#if defined(NC_IN_PLACE) && !defined(NC_TYPED_ARGUMENTS)
#define nc_typed(pointer, type) nc_as(pointer, type)
#define nc_of(typed, type, field) ((typed)->field)
#else
#define nc_typed(pointer, type) ((const type *)(pointer))
#define nc_of(typed, type, field) nc_get(typed, type, field)
#endif

/*
 * Adds to a counter. Others may add to it at the same time, so the addition is
 * atomic: in assembly, because compilers may choose a form that 5.10 does not know.
 */
static __always_inline void nc_add(u64 *to, u64 number)
{
	asm volatile("lock *(u64 *)(%0 + 0) += %1" : : "r"(to), "r"(number) : "memory");
}

#define nc_swap16(x) __builtin_bswap16(x)

#endif
