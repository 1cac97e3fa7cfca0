// The kernel/user ABI, and the text of bpf/ as it is embedded in the binary.
#pragma once
#include "../../../bpf/event.h"
#include <stddef.h>

/// One embedded file of bpf/.
struct nc_embedded_file {
  const char *name;
  const char *text;
  size_t size;
};

/// The file at this index, or NULL behind the last one.
const struct nc_embedded_file *nc_embedded_file_at(size_t index);
