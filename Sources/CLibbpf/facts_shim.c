#define _GNU_SOURCE
#include "facts_shim.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOVE(to, value) \
  { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (to), .imm = (value) }
#define MOVE_REGISTER(to, from) \
  { .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (to), .src_reg = (from) }
#define ADD(to, value) \
  { .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = (to), .imm = (value) }
#define CALL(helper) { .code = BPF_JMP | BPF_CALL, .imm = (helper) }
#define EXIT { .code = BPF_JMP | BPF_EXIT }

// Of the kernel's ABI; a system's header may be older than the kernel.
enum { HELPER_PROBE_READ_KERNEL = 113, HELPER_GET_ATTACH_COOKIE = 174 };

static const struct bpf_insn nothing[] = {MOVE(BPF_REG_0, 0), EXIT};

static const struct bpf_insn kernel_read[] = {
  MOVE_REGISTER(BPF_REG_1, BPF_REG_10),
  ADD(BPF_REG_1, -8),
  MOVE(BPF_REG_2, 8),
  MOVE(BPF_REG_3, 0),
  CALL(HELPER_PROBE_READ_KERNEL),
  MOVE(BPF_REG_0, 0),
  EXIT,
};

static const struct bpf_insn cookie[] = {
  CALL(HELPER_GET_ATTACH_COOKIE), MOVE(BPF_REG_0, 0), EXIT};

// BPF_ATOMIC and BPF_CMPXCHG, which a system's header may lack.
enum { STORE_ATOMIC = 0xc0, COMPARE_EXCHANGE = 0xf0 | 0x01 };

static const struct bpf_insn exchange[] = {
  {.code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_10, .off = -8},
  MOVE(BPF_REG_0, 0),
  MOVE(BPF_REG_1, 1),
  {.code = BPF_STX | STORE_ATOMIC | BPF_DW, .dst_reg = BPF_REG_10, .src_reg = BPF_REG_1,
   .off = -8, .imm = COMPARE_EXCHANGE},
  MOVE(BPF_REG_0, 0),
  EXIT,
};

static const struct {
  const struct bpf_insn *text;
  size_t count;
} trials[] = {
  [NC_TRIAL_NOTHING] = {nothing, sizeof nothing / sizeof *nothing},
  [NC_TRIAL_KERNEL_READ] = {kernel_read, sizeof kernel_read / sizeof *kernel_read},
  [NC_TRIAL_COOKIE] = {cookie, sizeof cookie / sizeof *cookie},
  [NC_TRIAL_EXCHANGE] = {exchange, sizeof exchange / sizeof *exchange},
};

int nc_try_program(enum bpf_prog_type type, enum bpf_attach_type attach, uint32_t btf_id,
                   enum nc_trial trial, char *log, size_t log_size) {
  // The log level stays 0: libbpf asks for a log when the program has been refused.
  LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach,
              .attach_btf_id = btf_id, .log_buf = log, .log_size = (uint32_t)log_size);
  log[0] = '\0';
  int program = bpf_prog_load(type, "netcap_try", "GPL", trials[trial].text,
                              trials[trial].count, &options);
  if (program < 0) return program;
  close(program);
  return 0;
}

int nc_try_map(enum bpf_map_type type, uint32_t key_size, uint32_t value_size, uint32_t entries) {
  int map = bpf_map_create(type, "netcap_try", key_size, value_size, entries, NULL);
  if (map < 0) return map;
  close(map);
  return 0;
}

// Asks for up to `capacity` bytes of the object; its whole size is in info->btf_size afterwards.
static int btf_info(int fd, struct bpf_btf_info *info, char *name, size_t name_size, void *bytes,
                    size_t capacity) {
  memset(info, 0, sizeof *info);
  info->btf = (uintptr_t)bytes;
  info->btf_size = (uint32_t)capacity;
  info->name = (uintptr_t)name;
  info->name_len = (uint32_t)name_size;
  uint32_t size = sizeof *info;
  return bpf_obj_get_info_by_fd(fd, info, &size);
}

void *nc_kernel_btf(size_t *size) {
  // The first that there is: modules' refer to it.
  int fd = bpf_btf_get_fd_by_id(1);
  if (fd < 0) return NULL;
  struct bpf_btf_info info;
  char name[16] = "";
  void *bytes = NULL;
  int error = btf_info(fd, &info, name, sizeof name, NULL, 0);
  if (error == 0 && (!info.kernel_btf || strcmp(name, "vmlinux") != 0)) error = -ENOENT;
  if (error == 0) {
    size_t capacity = info.btf_size;
    bytes = malloc(capacity);
    error = bytes == NULL ? -ENOMEM : btf_info(fd, &info, name, sizeof name, bytes, capacity);
    if (error == 0 && info.btf_size != capacity) error = -EIO;
    *size = capacity;
  }
  close(fd);
  if (error == 0) return bytes;
  free(bytes);
  errno = -error;
  return NULL;
}
