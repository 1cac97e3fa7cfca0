// floor OBJECT PROGRAM: attaches one program of floor.bpf.c until SIGINT.
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int fail(const char *step) {
  fprintf(stderr, "floor: cannot %s\n", step);
  return 1;
}

static void end(int signal) { _exit(signal == SIGINT ? 0 : 1); }

int main(int count, char **words) {
  if (count != 3) return 2;
  struct bpf_object *object = bpf_object__open_file(words[1], NULL);
  if (!object) return fail("open the object");
  struct bpf_program *program = bpf_object__find_program_by_name(object, words[2]);
  if (!program || bpf_program__set_autoload(program, 1) || bpf_object__load(object))
    return fail("load the program");
  if (!bpf_program__attach(program)) return fail("attach the program");
  signal(SIGINT, end);
  fprintf(stderr, "floor: ready\n");
  for (;;) pause();
}
