// Starting a child process in ways that posix_spawn(3) does not offer.
#pragma once
#include <sys/types.h>

/// Starts `argv[0]` (an absolute path) with the three descriptors as its 0, 1 and 2 and no others.
///
/// The child starts with default signal dispositions and an empty signal mask, dies with the
/// calling thread's process, and can gain no privileges. With `drop_privileges` and an effective
/// uid of 0 it runs as `uid`:`gid` with no supplementary groups. It has a process group of its own, unless
/// `keep_group` is set.
///
/// Returns the process id, or -errno of what failed, in the parent or in the child up to execve.
pid_t nc_spawn(char *const argv[], char *const envp[], const int descriptors[3],
               int drop_privileges, uid_t uid, gid_t gid, int keep_group);

/// pipe2(2) with O_CLOEXEC: 0, or -errno. With `capacity` > 0 the pipe holds that many bytes, or
/// what it holds by itself if this user may not have that much.
int nc_pipe(int descriptors[2], int capacity);
