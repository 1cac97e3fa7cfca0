// Attaching programs: libbpf takes its options in structs whose padding has to be zero. All return
// NULL and errno on failure. A cookie is only given where the kernel knows them: `with_cookie`.
#pragma once
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// To a function's entry or return.
struct bpf_link *nc_attach_kprobe(const struct bpf_program *program, const char *function,
                                  bool at_return, bool with_cookie, uint64_t cookie);

/// The same at an address, for a name that several functions have.
struct bpf_link *nc_attach_kprobe_address(const struct bpf_program *program, uint64_t address,
                                          bool at_return, bool with_cookie, uint64_t cookie);

/// To many functions in one step, all or none; each with its cookie.
struct bpf_link *nc_attach_kprobe_multi(const struct bpf_program *program,
                                        const char *const *functions, const uint64_t *cookies,
                                        size_t count, bool at_return);

/// To an event of tracefs.
struct bpf_link *nc_attach_tracepoint(const struct bpf_program *program, const char *category,
                                      const char *name, bool with_cookie, uint64_t cookie);

/// In the process, or with -1 in all that use the file: to a function of it, or without a name to an
/// offset in the file.
struct bpf_link *nc_attach_uprobe(const struct bpf_program *program, int process, const char *path,
                                  const char *function, size_t offset, bool at_return,
                                  bool with_cookie, uint64_t cookie);

/// To a mark (USDT) of the file, in the process or with -1 in all. The cookie is kept with the mark's
/// description.
struct bpf_link *nc_attach_usdt(const struct bpf_program *program, int process, const char *path,
                                const char *provider, const char *name, uint64_t cookie);
