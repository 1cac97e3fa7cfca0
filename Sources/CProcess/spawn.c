#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_between(unsigned first, unsigned last) {
  if (first > last || syscall(SYS_close_range, first, last, 0) == 0) return;
  long limit = sysconf(_SC_OPEN_MAX);
  for (unsigned fd = first; fd <= last && fd < (limit < 0 ? 1024 : limit); fd++) close((int)fd);
}

/// Everything between fork and execve; returns only on an error. `report` follows the descriptor
/// that the error is to be written to.
static void child(char *const argv[], char *const envp[], const int descriptors[3], int *report,
                  int drop_privileges, uid_t uid, gid_t gid, int keep_group, pid_t parent) {
  int copies[3];
  for (int i = 0; i < 3; i++)
    if ((copies[i] = fcntl(descriptors[i], F_DUPFD, 10)) < 0) return;
  int moved = fcntl(*report, F_DUPFD_CLOEXEC, 10);
  if (moved < 0) return;
  *report = moved;
  for (int i = 0; i < 3; i++)
    if (dup2(copies[i], i) < 0) return;
  close_between(3, (unsigned)moved - 1);
  close_between((unsigned)moved + 1, ~0U);
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &standard, NULL);
  sigset_t none;
  sigemptyset(&none);
  if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) return;
  /* A group of its own: ^C at the terminal is the parent's to handle. */
  if (!keep_group && setpgid(0, 0) != 0) return;
  if (drop_privileges && geteuid() == 0) {
    if (setgroups(0, NULL) != 0) return;
    if (setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0) return;
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return;
  if (getppid() != parent) { /* it died before the death signal was asked for */
    errno = ESRCH;
    return;
  }
  execve(argv[0], argv, envp);
}

pid_t nc_spawn(char *const argv[], char *const envp[], const int descriptors[3],
               int drop_privileges, uid_t uid, gid_t gid, int keep_group) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return -errno;
  pid_t parent = getpid();
  pid_t pid = fork();
  if (pid < 0) {
    int error = errno;
    close(report[0]);
    close(report[1]);
    return -error;
  }
  if (pid == 0) {
    child(argv, envp, descriptors, &report[1], drop_privileges, uid, gid, keep_group,
          parent);
    int error = errno;
    _exit(write(report[1], &error, sizeof error) == sizeof error ? 127 : 126);
  }
  close(report[1]);
  int error = 0;
  ssize_t got;
  do got = read(report[0], &error, sizeof error);
  while (got < 0 && errno == EINTR);
  close(report[0]);
  if (got != sizeof error) return pid;
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
  }
  return -error;
}

int nc_pipe(int descriptors[2], int capacity) {
  if (pipe2(descriptors, O_CLOEXEC) != 0) return -errno;
  if (capacity > 0) fcntl(descriptors[0], F_SETPIPE_SZ, capacity);
  return 0;
}
