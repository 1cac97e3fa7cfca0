#define _GNU_SOURCE
#include "CNamespace.h"

#include <errno.h>
#include <sched.h>

int nc_enter_network(int descriptor) { return setns(descriptor, CLONE_NEWNET) == 0 ? 0 : -errno; }
