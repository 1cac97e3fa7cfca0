#define _GNU_SOURCE
#include "CLibbpf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bpf_object *nc_object_open(const void *bytes, size_t size, const char *name) {
  LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name);
  return bpf_object__open_mem(bytes, size, &options);
}

int nc_test_run(int program, const void *data, uint32_t size, uint32_t *result) {
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = data, .data_size_in = size, .repeat = 1);
  int error = bpf_prog_test_run_opts(program, &options);
  if (error == 0) *result = options.retval;
  return error;
}

int nc_map_of_maps(const char *name, int inner) {
  LIBBPF_OPTS(bpf_map_create_opts, options, .inner_map_fd = inner);
  return bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, name, 4, 4, 1, &options);
}

int nc_program_misses(int program, uint64_t *misses) {
  struct bpf_prog_info info;
  memset(&info, 0, sizeof info);
  uint32_t size = sizeof info;
  int error = bpf_obj_get_info_by_fd(program, &info, &size);
  if (error == 0) *misses = info.recursion_misses;
  return error;
}

int nc_program_runtime(int program, uint64_t *nanoseconds, uint64_t *runs) {
  struct bpf_prog_info info;
  memset(&info, 0, sizeof info);
  uint32_t size = sizeof info;
  int error = bpf_obj_get_info_by_fd(program, &info, &size);
  if (error == 0) {
    *nanoseconds = info.run_time_ns;
    *runs = info.run_cnt;
  }
  return error;
}

int nc_kprobe_misses(const struct bpf_link *link, uint64_t *misses) {
  // struct bpf_link_info as from 6.7 on; this system's header may be older.
  struct {
    uint32_t type, id, prog_id, unused;
    union {
      struct {
        uint32_t perf_type, unused2;
        uint64_t func_name;
        uint32_t name_len, offset;
        uint64_t addr, missed, cookie;
      } one;
      struct {
        uint64_t addrs;
        uint32_t count, flags;
        uint64_t missed, cookies;
      } many;
      uint64_t later[24];
    };
  } info;
  enum { PERF_LINK = 7, KPROBE_MULTI_LINK = 8, KPROBE = 3, KRETPROBE = 4 };
  memset(&info, 0, sizeof info);
  uint32_t size = sizeof info;
  int error = bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &size);
  if (error != 0) return error;
  if (info.type == PERF_LINK && (info.one.perf_type == KPROBE || info.one.perf_type == KRETPROBE) &&
      size >= (size_t)((char *)(&info.one.missed + 1) - (char *)&info)) {
    *misses = info.one.missed;
    return 0;
  }
  if (info.type == KPROBE_MULTI_LINK &&
      size >= (size_t)((char *)(&info.many.missed + 1) - (char *)&info)) {
    *misses = info.many.missed;
    return 0;
  }
  return -ENOTSUP;
}

// libbpf's print callback has no context: one log for each thread that loads objects.
static __thread char *log_text;
static __thread size_t log_size, log_capacity;

static int collect(enum libbpf_print_level level, const char *format, va_list arguments) {
  if (level == LIBBPF_DEBUG) return 0;
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  if (length < 0) return length;
  size_t needed = log_size + (size_t)length + 1;
  if (needed > log_capacity) {
    char *larger = realloc(log_text, needed * 2);
    if (larger == NULL) return -ENOMEM;
    log_text = larger;
    log_capacity = needed * 2;
  }
  log_size += (size_t)vsnprintf(log_text + log_size, log_capacity - log_size, format, arguments);
  return length;
}

void nc_log_collect(void) {
  libbpf_set_print(collect);
}

const char *nc_log_take(size_t *size) {
  *size = log_size;
  log_size = 0;
  return log_text;
}
