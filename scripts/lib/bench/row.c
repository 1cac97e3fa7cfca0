// row [OPTION…] [-- COMMAND…]: one row of scripts/bench, as root in the guest.
//
// Starts COMMAND, waits until it says that it is ready, sends rounds of UDP packets from one network
// namespace to another, ends COMMAND by SIGINT, and prints what was measured, "KEY VALUE" a line:
//
//   ready    ns from exec until the text of -p was on COMMAND's stdout or stderr
//   busy     ns of that time in which the CPU had something to do, in steps of 10 ms
//   idle     ns of CPU time that COMMAND uses in a second without packets
//   packet   ns per packet of a round, one line a round: the CPU time that the sender needed, which
//            is the packet's whole way, and that which COMMAND needed until it came to rest; for a
//            COMMAND that never rests, the time from the first packet sent to the last received
//   kernel   without COMMAND's CPU time
//   rss      KiB of COMMAND's own process after the rounds; rss-all: with its children
//   lines    lines with text in the file of -o at the end; bytes: its size
//   detach   ns from SIGINT to COMMAND's exit
//
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { port = 9, payload = 64 - 42 };  // 64 bytes from the Ethernet header on
static const int64_t busy = 300000000;  // ns of CPU time a second of what never rests

static pid_t child;

static void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "row: ");
  vfprintf(stderr, format, arguments);
  fprintf(stderr, errno ? ": %s\n" : "\n", strerror(errno));
  if (child > 0) kill(child, SIGKILL);
  exit(1);
}

static int64_t ns_of(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int64_t now(void) { return ns_of(CLOCK_MONOTONIC); }

static void rest(int64_t ns) {
  struct timespec time = {ns / 1000000000, ns % 1000000000};
  nanosleep(&time, NULL);
}

static size_t read_text(const char *path, char *text, size_t size) {
  size_t length = 0;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    ssize_t part;
    while (length < size - 1 && (part = read(file, text + length, size - 1 - length)) > 0)
      length += part;
    close(file);
  }
  text[length] = 0;
  return length;
}

// What COMMAND and its children have used and hold.
struct usage {
  int64_t cpu;
  long rss, rss_all;
};

// ns that the CPU has had nothing to do since boot.
static int64_t idle_time(void) {
  char text[64];
  double up = 0, idle = 0;
  read_text("/proc/uptime", text, sizeof text);
  sscanf(text, "%lf %lf", &up, &idle);
  return idle * 1e9;
}

static int64_t cpu_of(pid_t process) {
  char path[64], text[128];
  int64_t sum = 0;
  snprintf(path, sizeof path, "/proc/%d/task", process);
  DIR *tasks = opendir(path);
  if (!tasks) return 0;
  for (struct dirent *entry; (entry = readdir(tasks));) {
    if (!isdigit(entry->d_name[0])) continue;
    snprintf(path, sizeof path, "/proc/%d/task/%.10s/schedstat", process, entry->d_name);
    read_text(path, text, sizeof text);
    sum += atoll(text);
  }
  closedir(tasks);
  return sum;
}

static long rss_of(pid_t process) {
  char path[64], text[8192];
  snprintf(path, sizeof path, "/proc/%d/status", process);
  read_text(path, text, sizeof text);
  const char *line = strstr(text, "\nVmRSS:");
  return line ? atol(line + 7) : 0;
}

static struct usage usage_of(pid_t root) {
  static pid_t family[4096];
  int members = 0;
  family[members++] = root;
  // A parent may be listed after its child: until nothing is added.
  for (int before = 0; before != members;) {
    before = members;
    DIR *processes = opendir("/proc");
    for (struct dirent *entry; (entry = readdir(processes));) {
      if (!isdigit(entry->d_name[0])) continue;
      char path[64], text[512];
      snprintf(path, sizeof path, "/proc/%.10s/stat", entry->d_name);
      read_text(path, text, sizeof text);
      const char *fields = strrchr(text, ')');
      pid_t process = atoi(entry->d_name), parent = fields ? atoi(fields + 4) : 0;
      int known = 0, wanted = 0;
      for (int i = 0; i < members; i++) {
        known |= family[i] == process;
        wanted |= family[i] == parent;
      }
      if (wanted && !known && members < 4096) family[members++] = process;
    }
    closedir(processes);
  }
  struct usage usage = {0, rss_of(root), 0};
  for (int i = 0; i < members; i++) {
    usage.cpu += cpu_of(family[i]);
    usage.rss_all += rss_of(family[i]);
  }
  return usage;
}

// COMMAND's messages, kept for the end.
static char messages[1 << 20];
static size_t message_bytes;

static void read_messages(int pipe) {
  ssize_t part;
  while (message_bytes < sizeof messages - 1 &&
         (part = read(pipe, messages + message_bytes, sizeof messages - 1 - message_bytes)) > 0)
    message_bytes += part;
}

static int socket_in(const char *namespace, const char *address) {
  int file = open(namespace, O_RDONLY | O_CLOEXEC);
  if (file < 0 || setns(file, CLONE_NEWNET)) die("%s", namespace);
  close(file);
  int made = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
  name.sin_addr.s_addr = inet_addr(address);
  if (made < 0 || bind(made, (struct sockaddr *)&name, sizeof name)) die("%s", address);
  return made;
}

// Returns the sender's CPU time.
static int64_t send_round(int sender, int receiver, int packets) {
  char bytes[payload] = "netcap";
  int64_t began = now(), cpu = ns_of(CLOCK_PROCESS_CPUTIME_ID);
  for (int i = 0; i < packets; i++) {
    if (send(sender, bytes, sizeof bytes, 0) != sizeof bytes) die("send");
    // On one CPU the packet has arrived when send returns; if not, the clock tells.
    while (recv(receiver, bytes, sizeof bytes, MSG_DONTWAIT) < 0)
      if (errno != EAGAIN || now() - began > 60000000000LL) die("packet %d did not arrive", i);
  }
  return ns_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}

int main(int count, char **words) {
  const char *client = "/run/netns/client", *server = "/run/netns/server";
  const char *ready_text = NULL, *root = NULL, *output = "/dev/null", *log = NULL;
  int packets = 0, rounds = 5, option;
  while ((option = getopt(count, words, "+n:r:p:R:o:l:")) != -1) {
    switch (option) {
      case 'n': packets = atoi(optarg); break;
      case 'r': rounds = atoi(optarg); break;
      case 'p': ready_text = optarg; break;
      case 'R': root = optarg; break;
      case 'o': output = optarg; break;
      case 'l': log = optarg; break;
      default: return 2;
    }
  }
  words += optind;
  errno = 0;

  int receiver = socket_in(server, "10.9.0.2"), sender = socket_in(client, "10.9.0.1");
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = inet_addr("10.9.0.2");
  if (connect(sender, (struct sockaddr *)&to, sizeof to)) die("connect");

  int pipes[2] = {-1, -1};
  if (words[0]) {
    if (pipe2(pipes, O_CLOEXEC)) die("pipe");
    int out = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int network = open(server, O_RDONLY | O_CLOEXEC);
    if (out < 0 || network < 0) die("%s", output);
    int64_t idle = idle_time(), began = now();
    child = fork();
    if (child == 0) {
      int null = open("/dev/null", O_RDONLY);
      if (setns(network, CLONE_NEWNET) || (root && (chroot(root) || chdir("/"))) ||
          dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(pipes[1], 2) < 0)
        _exit(126);
      execvp(words[0], words);
      _exit(127);
    }
    close(pipes[1]);
    fcntl(pipes[0], F_SETFL, O_NONBLOCK);
    for (;;) {
      char start[4096];
      struct pollfd wait = {.fd = pipes[0], .events = POLLIN};
      poll(&wait, 1, 2);
      read_messages(pipes[0]);
      if (strstr(messages, ready_text)) break;
      read_text(output, start, sizeof start);
      if (strcmp(output, "/dev/null") && strstr(start, ready_text)) break;
      int status;
      if (waitpid(child, &status, WNOHANG) == child) {
        child = errno = 0;
        die("%s ended early (%x): %s", words[0], status, messages);
      }
      if (now() - began > 300000000000LL) die("%s is not ready: %s", words[0], messages);
    }
    int64_t ready = now() - began;
    printf("ready %lld\nbusy %lld\n", (long long)ready, (long long)(ready - (idle_time() - idle)));
  }

  if (packets > 0) {
    int64_t idle = 0;
    // Longer than the kernel holds packets back from tcpdump.
    const int64_t window = 1200000000;
    send_round(sender, receiver, packets / 10 + 1);
    rest(1200000000);
    if (child) {
      idle = usage_of(child).cpu;
      rest(1000000000);
      idle = usage_of(child).cpu - idle;
      printf("idle %lld\n", (long long)idle);
    }
    for (int round = 0; round < rounds; round++) {
      int64_t before = child ? usage_of(child).cpu : 0, began = now();
      int64_t kernel = send_round(sender, receiver, packets), took = kernel;
      if (idle > busy) {
        took = now() - began;
      } else if (child) {
        int64_t cpu = usage_of(child).cpu, last;
        do {
          last = cpu;
          rest(window);
          cpu = usage_of(child).cpu;
        } while (cpu - last > idle * (window / 1e9) + 500000);
        int64_t spent = cpu - before - idle * ((now() - began) / 1e9);
        if (spent > 0) took += spent;
      }
      read_messages(pipes[0]);
      printf("packet %.1f\nkernel %.1f\n", (double)took / packets, (double)kernel / packets);
    }
  }

  if (child) {
    struct usage usage = usage_of(child);
    printf("rss %ld\nrss-all %ld\n", usage.rss, usage.rss_all);
    int64_t began = now();
    int status;
    kill(child, SIGINT);
    while (waitpid(child, &status, WNOHANG) == 0) {
      struct pollfd wait = {.fd = pipes[0], .events = POLLIN};
      poll(&wait, 1, 2);
      read_messages(pipes[0]);
      if (wait.revents & POLLHUP) rest(1000000);
      if (now() - began > 60000000000LL) die("%s does not end", words[0]);
    }
    printf("detach %lld\nstatus %d\n", (long long)(now() - began), status);
    read_messages(pipes[0]);
    long lines = 0, bytes = 0;
    char previous = '\n';
    static char block[1 << 16];
    int file = open(output, O_RDONLY);
    for (ssize_t part; (part = read(file, block, sizeof block)) > 0; bytes += part)
      for (ssize_t i = 0; i < part; previous = block[i++])
        lines += block[i] == '\n' && previous != '\n';
    printf("lines %ld\nbytes %ld\n", lines, bytes);
    if (log) {
      FILE *file = fopen(log, "w");
      if (file) {
        fputs(messages, file);
        fclose(file);
      }
    }
  }
  return 0;
}
