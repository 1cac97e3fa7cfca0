// Asking the kernel what it lets this process do: programs that are loaded, and closed again
// without ever being attached.
#pragma once
#include <bpf/bpf.h>
#include <stddef.h>
#include <stdint.h>

/// What a program that is only there to be tried does.
enum nc_trial {
  NC_TRIAL_NOTHING,     ///< returns 0
  NC_TRIAL_KERNEL_READ, ///< reads 8 bytes of kernel memory
  NC_TRIAL_COOKIE,      ///< asks for its attachment's cookie
  NC_TRIAL_EXCHANGE,    ///< compares and exchanges 8 bytes of its stack
};

/// Loads such a program and closes it. `attach` and `btf_id` are 0 where the type needs none.
/// Returns 0, or -errno with the verifier's words in `log`.
int nc_try_program(enum bpf_prog_type type, enum bpf_attach_type attach, uint32_t btf_id,
                   enum nc_trial trial, char *log, size_t log_size);

/// Makes a map of the type and closes it. Returns 0 or -errno.
int nc_try_map(enum bpf_map_type type, uint32_t key_size, uint32_t value_size, uint32_t entries);

/// The kernel's own BTF, in one piece: `*size` bytes, to be freed. NULL and errno on failure: the
/// kernel numbers its own only since 5.11, and asking for it needs CAP_SYS_ADMIN.
void *nc_kernel_btf(size_t *size);
