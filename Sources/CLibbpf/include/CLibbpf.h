// libbpf and the bpf(2) interface for Swift: the headers, and shims for options structs (a Swift
// copy leaves their padding unset, which libbpf refuses) and for its print callback.
#pragma once
#include "attach_shim.h"
#include "facts_shim.h"
#include "types_shim.h"
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Opens an object file that is in memory. NULL and errno on failure.
struct bpf_object *nc_object_open(const void *bytes, size_t size, const char *name);

/// Runs a program once over `size` bytes of data. Returns 0 and its return value, or -errno.
int nc_test_run(int program, const void *data, uint32_t size, uint32_t *result);

/// Makes an array of one map, for maps like `inner`. Its descriptor, or -errno.
int nc_map_of_maps(const char *name, int inner);

/// How often the kernel skipped a program because it was already running on that CPU. -errno on
/// failure; where a kernel does not count, *misses stays 0.
int nc_program_misses(int program, uint64_t *misses);

// How long a program has run, ns, and how often, while the kernel counted that
// (bpf_enable_stats).
int nc_program_runtime(int program, uint64_t *nanoseconds, uint64_t *runs);

/// How often a kprobe, or all of a link to many functions together, was hit but skipped by the
/// kernel. 0, or -errno: -ENOTSUP where the kernel does not tell.
int nc_kprobe_misses(const struct bpf_link *link, uint64_t *misses);

/// A ring buffer's positions and lengths, which the kernel changes at the same time.
static inline uint64_t nc_load_position(const void *from)
{
	return __atomic_load_n((const uint64_t *)from, __ATOMIC_ACQUIRE);
}

static inline uint32_t nc_load_length(const void *from)
{
	return __atomic_load_n((const uint32_t *)from, __ATOMIC_ACQUIRE);
}

static inline void nc_store_position(void *to, uint64_t position)
{
	__atomic_store_n((uint64_t *)to, position, __ATOMIC_RELEASE);
}

/// Collects what libbpf prints from now on, instead of stderr.
void nc_log_collect(void);

/// What libbpf has printed since the last call, at `*size` bytes; valid until the next libbpf call.
const char *nc_log_take(size_t *size);
