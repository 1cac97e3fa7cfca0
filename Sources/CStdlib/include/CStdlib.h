// The script collection that ships, as it is embedded in the binary.
#pragma once
#include <stddef.h>

/// One script of stdlib/.
struct nc_stdlib_script {
  const char *name; // without ".ncs": "drops", "net/flows"
  const char *text;
  size_t size;
};

/// The script at this index, or NULL behind the last one.
const struct nc_stdlib_script *nc_stdlib_script_at(size_t index);
