#define _GNU_SOURCE
#include "CNamespace.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef AF_XDP
#define AF_XDP 44
#endif
#ifndef SOL_XDP
#define SOL_XDP 283
#endif

enum { frame_size = 4096, frame_count = 4, ring_size = 4 };

// A socket of AF_XDP in copy mode, with the one frame in its ring.
static int prepare(int descriptor, void *memory, const char *interface, const void *frame,
                   unsigned length) {
  struct xdp_umem_reg umem = {
      .addr = (uintptr_t)memory, .len = frame_size * frame_count, .chunk_size = frame_size};
  struct xdp_mmap_offsets offsets;
  struct sockaddr_xdp place = {.sxdp_family = AF_XDP, .sxdp_flags = XDP_COPY};
  socklen_t size = sizeof(offsets);
  int entries = ring_size;
  uint8_t *ring;

  memcpy(memory, frame, length);
  place.sxdp_ifindex = if_nametoindex(interface);
  if (setsockopt(descriptor, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem)) ||
      setsockopt(descriptor, SOL_XDP, XDP_UMEM_FILL_RING, &entries, sizeof(entries)) ||
      setsockopt(descriptor, SOL_XDP, XDP_UMEM_COMPLETION_RING, &entries, sizeof(entries)) ||
      setsockopt(descriptor, SOL_XDP, XDP_TX_RING, &entries, sizeof(entries)) ||
      getsockopt(descriptor, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &size))
    return -errno;
  ring = mmap(NULL, offsets.tx.desc + ring_size * sizeof(struct xdp_desc), PROT_READ | PROT_WRITE,
              MAP_SHARED | MAP_POPULATE, descriptor, XDP_PGOFF_TX_RING);
  if (ring == MAP_FAILED || bind(descriptor, (struct sockaddr *)&place, sizeof(place)))
    return -errno;
  *(struct xdp_desc *)(ring + offsets.tx.desc) = (struct xdp_desc){.addr = 0, .len = length};
  __atomic_store_n((uint32_t *)(ring + offsets.tx.producer), 1, __ATOMIC_RELEASE);
  return 0;
}

int nc_send_by_xdp(const char *interface, const void *frame, unsigned length) {
  int descriptor = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
  void *memory;
  int result;

  if (descriptor < 0)
    return -errno;
  memory = mmap(NULL, frame_size * frame_count, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  result = memory == MAP_FAILED || length > frame_size
               ? -ENOMEM
               : prepare(descriptor, memory, interface, frame, length);
  if (!result && sendto(descriptor, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0)
    result = -errno;
  close(descriptor);
  return result;
}
