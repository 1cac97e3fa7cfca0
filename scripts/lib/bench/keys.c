// keys COUNT PROGRAM ARGUMENT…: how long a key takes to be seen at a prompt that is flooded.
//
// Starts PROGRAM, netcap's prompt, in a terminal, has it show the UDP packets to port 9, and sends these
// from the namespace `client` as fast as it can. Then it types a key, waits until it is seen, and takes it
// back; COUNT times. A line for each: "echo NANOSECONDS" and "drawn LINES", tabs between.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int terminal;

// The guest's clock leaps while a file is read: what is not measured may take any time.
#define LONG (100000 * 1000000000LL)

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

// Reads for `nanoseconds`, or until `text` is seen; false if it is not. *lines: line ends before it.
static bool look(const char *text, long long nanoseconds, int *lines) {
  static char seen[1 << 16];
  size_t length = 0, known = text ? strlen(text) : 0;
  long long end = now() + nanoseconds;

  for (;;) {
    long long left = end - now();
    struct pollfd ready = {.fd = terminal, .events = POLLIN};
    if (left <= 0 || poll(&ready, 1, (int)(left / 1000000) + 1) <= 0) {
      if (left > 0) continue;
      if (known) fprintf(stderr, "%.*s\n", (int)(length < 400 ? length : 400), seen);
      return false;
    }
    // What may be the beginning of the text is kept.
    if (length > sizeof seen / 2) {
      memmove(seen, seen + length - known, known);
      length = known;
    }
    ssize_t count = read(terminal, seen + length, sizeof seen - length);
    if (count <= 0) errx(1, "the program has ended");
    char *found = known ? memmem(seen, length + (size_t)count, text, known) : NULL;
    if (lines) {
      char *stop = found ? found : seen + length + count;
      for (char *at = seen + length; at < stop; at++) *lines += *at == '\n';
    }
    if (found) return true;
    length += (size_t)count;
  }
}

static void type(const char *keys) {
  if (write(terminal, keys, strlen(keys)) < 0) err(1, "write");
}

static void flood(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int space = open("/run/netns/client", O_RDONLY | O_CLOEXEC);
  if (space < 0 || setns(space, CLONE_NEWNET) != 0) err(1, "namespace client");
  int sender = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
  inet_pton(AF_INET, "10.9.0.2", &to.sin_addr);
  char bytes[64] = {0};
  for (;;) sendto(sender, bytes, sizeof bytes, 0, (struct sockaddr *)&to, sizeof to);
}

int main(int argc, char **argv) {
  if (argc < 3) errx(2, "keys COUNT PROGRAM ARGUMENT…");
  struct winsize size = {.ws_row = 40, .ws_col = 120};
  setenv("TERM", "xterm", 1);
  pid_t program = forkpty(&terminal, NULL, NULL, &size);
  if (program < 0) err(1, "forkpty");
  if (program == 0) {
    execv(argv[2], argv + 2);
    err(127, "%s", argv[2]);
  }
  if (!look("netcap> ", LONG, NULL)) errx(1, "there is no prompt");
  type("probe udp_rcv { filter \"udp port 9\" }\r");
  if (!look("udp_rcv: attached", LONG, NULL)) errx(1, "nothing is attached");
  pid_t sender = fork();
  if (sender == 0) flood();
  if (!look("UDP, length 64", LONG, NULL)) errx(1, "there are no packets");
  for (int i = 0; i < atoi(argv[1]); i++) {
    int lines = 0;
    look(NULL, 300000000, NULL);
    long long typed = now();
    type("Z");
    if (!look("Z", LONG, &lines)) errx(1, "a key is not seen");
    printf("echo\t%lld\ndrawn\t%d\n", now() - typed, lines);
    type("\b");
  }
  kill(sender, SIGKILL);
  kill(program, SIGKILL);
  while (wait(NULL) > 0) {}
  return 0;
}
