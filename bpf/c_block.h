/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the C of scripts stands on, in front of everything else: numbers, helpers under names of their
 * own (kernel.h has them under the usual ones, later), and reads of memory that is not the program's.
 *
 * NC_C_LOAD, NC_C_BITS and NC_C_OWN_BITS are put around loads by netcap (Sources/Lowering/UserC). What
 * cannot be read is zero.
 */
#ifndef NETCAP_C_BLOCK_H
#define NETCAP_C_BLOCK_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef _Bool bool;

/* What files for other tools call them; where BTF has the same names they are the same types. */
typedef u8 uint8_t;
typedef u16 uint16_t;
typedef u32 uint32_t;
typedef u64 uint64_t;
typedef s8 int8_t;
typedef s16 int16_t;
typedef s32 int32_t;
typedef s64 int64_t;
typedef u8 uint8, uchar;
typedef u16 uint16;
typedef u32 uint32, uint;
typedef u64 uint64;
typedef s8 int8;
typedef s16 int16;
typedef s32 int32;
typedef s64 int64;
typedef u8 __u8;
typedef u16 __u16, __be16, __le16, __sum16;
typedef u32 __u32, __be32, __le32, __wsum;
typedef u64 __u64, __be64, __le64;
typedef s8 __s8;
typedef s16 __s16;
typedef s32 __s32;
typedef s64 __s64;

/* bpf-helpers(7); the numbers are part of the kernel's ABI. */
static long (*const nc_c_probe_read)(void *to, u32 size, const void *from) = (void *)4;
static u64 (*const nc_c_ktime_get_ns)(void) = (void *)5;
static long (*const nc_c_trace_printk)(const char *format, u32 size, ...) = (void *)6;
static u32 (*const nc_c_get_prandom_u32)(void) = (void *)7;
static u32 (*const nc_c_get_smp_processor_id)(void) = (void *)8;
static u64 (*const nc_c_get_current_pid_tgid)(void) = (void *)14;
static u64 (*const nc_c_get_current_uid_gid)(void) = (void *)15;
static long (*const nc_c_get_current_comm)(void *to, u32 size) = (void *)16;
static u64 (*const nc_c_get_current_task)(void) = (void *)35;
static long (*const nc_c_get_numa_node_id)(void) = (void *)42;
static u64 (*const nc_c_get_current_cgroup_id)(void) = (void *)80;
static long (*const nc_c_probe_read_user)(void *to, u32 size, const void *from) = (void *)112;
static long (*const nc_c_probe_read_kernel)(void *to, u32 size, const void *from) = (void *)113;
static long (*const nc_c_probe_read_user_str)(void *to, u32 size, const void *from) = (void *)114;
static long (*const nc_c_probe_read_kernel_str)(void *to, u32 size, const void *from) = (void *)115;
static u64 (*const nc_c_jiffies64)(void) = (void *)118;
static u64 (*const nc_c_ktime_get_boot_ns)(void) = (void *)125;

/* Points in programs are about the memory of the process. */
#ifdef NC_C_USER_MEMORY
#define nc_c_read nc_c_probe_read_user
#else
#define nc_c_read nc_c_probe_read_kernel
#endif

/* What an expression says is there. */
#define NC_C_LOAD(...)                                                                            \
	({                                                                                         \
		__auto_type from_ = &(__VA_ARGS__);                                                \
		__typeof__(({ *from_; })) value_;                                                  \
                                                                                                   \
		nc_c_read(&value_, sizeof(value_), (const void *)from_);                           \
		value_;                                                                            \
	})

/* A bit field, or a number, of one of the kernel's structures: CO-RE tells where it is. */
#define NC_C_BITS(pointer, member)                                                                \
	({                                                                                         \
		__auto_type from_ = (pointer);                                                     \
		__typeof__(({ from_->member; })) value_;                                           \
		u64 bits_ = 0;                                                                     \
                                                                                                   \
		nc_c_read(&bits_, __builtin_preserve_field_info(from_->member, 1),                 \
			  (const u8 *)from_ + __builtin_preserve_field_info(from_->member, 0));    \
		bits_ <<= __builtin_preserve_field_info(from_->member, 4);                         \
		if (__builtin_preserve_field_info(from_->member, 3))                               \
			value_ = (s64)bits_ >> __builtin_preserve_field_info(from_->member, 5);    \
		else                                                                               \
			value_ = bits_ >> __builtin_preserve_field_info(from_->member, 5);         \
		value_;                                                                            \
	})

/* A bit field of a structure that the script declares. */
#define NC_C_OWN_BITS(pointer, member)                                                            \
	({                                                                                         \
		__auto_type from_ = (pointer);                                                     \
		__typeof__(({ *from_; })) all_;                                                    \
                                                                                                   \
		nc_c_read(&all_, sizeof(all_), (const void *)from_);                               \
		all_.member;                                                                       \
	})

#endif
