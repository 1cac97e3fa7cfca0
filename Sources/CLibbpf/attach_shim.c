#define _GNU_SOURCE
#include "attach_shim.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct bpf_link *nc_attach_kprobe(const struct bpf_program *program, const char *function,
                                  bool at_return, bool with_cookie, uint64_t cookie) {
  LIBBPF_OPTS(bpf_kprobe_opts, options, .retprobe = at_return);
  if (with_cookie) options.bpf_cookie = cookie;
  return bpf_program__attach_kprobe_opts(program, function, &options);
}

// A number in a file of sysfs, such as "6" or "config:0"; -1 if there is none.
static int sysfs_number(const char *path, const char *format) {
  int number = -1;
  FILE *file = fopen(path, "re");
  if (file == NULL) return -1;
  if (fscanf(file, format, &number) != 1) number = -1;
  fclose(file);
  return number;
}

struct bpf_link *nc_attach_kprobe_address(const struct bpf_program *program, uint64_t address,
                                          bool at_return, bool with_cookie, uint64_t cookie) {
  int type = sysfs_number("/sys/bus/event_source/devices/kprobe/type", "%d");
  int bit = sysfs_number("/sys/bus/event_source/devices/kprobe/format/retprobe", "config:%d");
  if (type < 0 || (at_return && bit < 0)) {
    errno = ENOTSUP;
    return NULL;
  }
  struct perf_event_attr attribute;
  memset(&attribute, 0, sizeof attribute);
  attribute.size = sizeof attribute;
  attribute.type = (uint32_t)type;
  attribute.config = at_return ? 1ULL << bit : 0;
  attribute.config2 = address;
  int event = (int)syscall(SYS_perf_event_open, &attribute, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
  if (event < 0) return NULL;
  LIBBPF_OPTS(bpf_perf_event_opts, options);
  if (with_cookie) options.bpf_cookie = cookie;
  struct bpf_link *link = bpf_program__attach_perf_event_opts(program, event, &options);
  if (link == NULL) {
    int error = errno;
    close(event);
    errno = error;
  }
  return link;
}

struct bpf_link *nc_attach_kprobe_multi(const struct bpf_program *program,
                                        const char *const *functions, const uint64_t *cookies,
                                        size_t count, bool at_return) {
  LIBBPF_OPTS(bpf_kprobe_multi_opts, options, .syms = (const char **)functions,
              .cookies = (const __u64 *)cookies, .cnt = count, .retprobe = at_return);
  return bpf_program__attach_kprobe_multi_opts(program, NULL, &options);
}

struct bpf_link *nc_attach_tracepoint(const struct bpf_program *program, const char *category,
                                      const char *name, bool with_cookie, uint64_t cookie) {
  LIBBPF_OPTS(bpf_tracepoint_opts, options);
  if (with_cookie) options.bpf_cookie = cookie;
  return bpf_program__attach_tracepoint_opts(program, category, name, &options);
}

struct bpf_link *nc_attach_uprobe(const struct bpf_program *program, int process, const char *path,
                                  const char *function, size_t offset, bool at_return,
                                  bool with_cookie, uint64_t cookie) {
  LIBBPF_OPTS(bpf_uprobe_opts, options, .retprobe = at_return, .func_name = function);
  if (with_cookie) options.bpf_cookie = cookie;
  return bpf_program__attach_uprobe_opts(program, process, path, offset, &options);
}

struct bpf_link *nc_attach_usdt(const struct bpf_program *program, int process, const char *path,
                                const char *provider, const char *name, uint64_t cookie) {
  LIBBPF_OPTS(bpf_usdt_opts, options, .usdt_cookie = cookie);
  return bpf_program__attach_usdt(program, process, path, provider, name, &options);
}
