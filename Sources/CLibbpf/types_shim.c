#define _GNU_SOURCE
#include "types_shim.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print(void *stream, const char *format, va_list arguments) {
  vfprintf(stream, format, arguments);
}

char *nc_types_as_c(const void *btf_bytes, size_t btf_size, const uint32_t *identifiers,
                    size_t count, size_t *size) {
  char *text = NULL;
  struct btf *btf = btf__new(btf_bytes, (uint32_t)btf_size);
  if (btf == NULL) return NULL;
  FILE *stream = open_memstream(&text, size);
  int error = stream == NULL ? -errno : 0;
  struct btf_dump *dump = NULL;
  if (error == 0) {
    dump = btf_dump__new(btf, print, stream, NULL);
    if (dump == NULL) error = -errno;
  }
  for (size_t i = 0; i < count && error == 0; i++)
    error = btf_dump__dump_type(dump, identifiers[i]);
  btf_dump__free(dump);
  if (stream != NULL && fclose(stream) != 0 && error == 0) error = -errno;
  btf__free(btf);
  if (error == 0) return text;
  free(text);
  errno = -error;
  return NULL;
}

void nc_fingerprint(const void *bytes, size_t size, uint64_t result[2]) {
  const unsigned char *from = bytes;
  uint64_t a = 0xcbf29ce484222325 ^ size, b = 0x9e3779b97f4a7c15;
  for (size_t i = 0; i < size; i += 8) {
    uint64_t word = 0;
    memcpy(&word, from + i, size - i < 8 ? size - i : 8);
    a = (a ^ word) * 0x100000001b3;
    a ^= a >> 32;
    b = (b + word) * 0xff51afd7ed558ccd;
    b ^= b >> 29;
  }
  result[0] = a;
  result[1] = b;
}
