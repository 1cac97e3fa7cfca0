#define _GNU_SOURCE
#include "CPrograms.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

int nc_open_process(int process)
{
	long descriptor = syscall(SYS_pidfd_open, process, 0);

	return descriptor < 0 ? -errno : (int)descriptor;
}
