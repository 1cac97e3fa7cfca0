// libpcap for Swift. libpcap's `struct bpf_insn` and `struct bpf_program` are other things in
// <linux/bpf.h> and in libbpf; Clang modules refuse two definitions, so libpcap's take other names
// here (the layout, and so the ABI, is the same).
#pragma once
#define bpf_insn pcap_bpf_insn
#define bpf_program pcap_bpf_program
#include <pcap/pcap.h>
#undef bpf_insn
#undef bpf_program
