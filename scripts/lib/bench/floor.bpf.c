// The least that a tracer can do: count.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

unsigned long long packets;

SEC("?fentry/udp_rcv") int by_fentry(void *context) {
  packets++;
  return 0;
}

SEC("?kprobe/udp_rcv") int by_kprobe(void *context) {
  packets++;
  return 0;
}
