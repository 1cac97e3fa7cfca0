// Programs that are traced: their end, which Swift's C library has no call for, and their debug information
// (DWARF) through libdw, which is looked for when it is asked for the first time: netcap runs without it.
#pragma once
#include <stdint.h>

enum nc_debug_result {
	NC_DEBUG_FOUND,
	NC_DEBUG_NO_LIBRARY, // libdw.so.1 is not installed
	NC_DEBUG_NO_INFO,    // the file has no debug information, beside it or in it
	NC_DEBUG_NO_TYPE,    // and none of this structure, or not of all its members
};

/// Where members of a structure are, bytes from its start; members of anonymous unions and structures in
/// it are its own. `offsets` has room for `count`.
enum nc_debug_result nc_debug_offsets(const char *path, const char *structure,
                                      const char *const *members, int count, int64_t *offsets);

/// A descriptor that is readable when the process has ended (pidfd_open(2)), or -errno.
int nc_open_process(int process);
