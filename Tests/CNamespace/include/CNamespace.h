// setns(2), which Swift does not see: its C library is imported without GNU extensions.
#pragma once

/// Moves this thread into the network namespace of a descriptor. Returns 0 or -errno.
int nc_enter_network(int descriptor);
