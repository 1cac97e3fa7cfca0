#pragma once

// setns(2), which Swift does not see: its C library is imported without GNU extensions.

/// Moves this thread into the network namespace of a descriptor. Returns 0 or -errno.
int nc_enter_network(int descriptor);

/// Has the mark netcap_test:marked with two arguments, the number and -7. Returns 2 * number + 1.
__attribute__((noinline)) int nc_marked(int number);

/// Sends a frame by a socket of AF_XDP. Returns 0 or -errno.
int nc_send_by_xdp(const char *interface, const void *frame, unsigned length);
