// The kernel side's C, embedded: the binary needs no files beside it.
#include "CBpf.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const char event_h[] = {
#embed "../../bpf/event.h"
};
static const char kernel_h[] = {
#embed "../../bpf/kernel.h"
};
static const char maps_h[] = {
#embed "../../bpf/maps.h"
};
static const char skb_h[] = {
#embed "../../bpf/skb.h"
};
static const char filter_h[] = {
#embed "../../bpf/filter.h"
};
static const char filter_run_h[] = {
#embed "../../bpf/filter_run.h"
};
static const char capture_h[] = {
#embed "../../bpf/capture.h"
};
static const char probe_h[] = {
#embed "../../bpf/probe.h"
};
static const char select_h[] = {
#embed "../../bpf/select.h"
};
static const char handle_h[] = {
#embed "../../bpf/handle.h"
};
static const char fentry_h[] = {
#embed "../../bpf/fentry.h"
};
static const char registers_h[] = {
#embed "../../bpf/registers.h"
};
static const char calls_h[] = {
#embed "../../bpf/calls.h"
};
static const char stacks_h[] = {
#embed "../../bpf/stacks.h"
};
static const char usdt_h[] = {
#embed "../../bpf/usdt.h"
};
static const char kprobe_h[] = {
#embed "../../bpf/kprobe.h"
};
static const char tracepoint_h[] = {
#embed "../../bpf/tracepoint.h"
};
static const char script_h[] = {
#embed "../../bpf/script.h"
};
static const char usual_h[] = {
#embed "../../bpf/usual.h"
};
static const char layers_h[] = {
#embed "../../bpf/layers.h"
};
static const char tables_h[] = {
#embed "../../bpf/tables.h"
};
static const char skb_packet_h[] = {
#embed "../../bpf/skb_packet.h"
};
static const char script_run_h[] = {
#embed "../../bpf/script_run.h"
};
static const char script_handle_h[] = {
#embed "../../bpf/script_handle.h"
};
static const char script_probe_h[] = {
#embed "../../bpf/script_probe.h"
};
static const char reads_h[] = {
#embed "../../bpf/reads.h"
};
static const char call_packet_h[] = {
#embed "../../bpf/call_packet.h"
};
static const char ends_h[] = {
#embed "../../bpf/ends.h"
};
static const char rebuild_h[] = {
#embed "../../bpf/rebuild.h"
};
static const char user_packet_h[] = {
#embed "../../bpf/user_packet.h"
};
static const char user_handle_h[] = {
#embed "../../bpf/user_handle.h"
};
static const char script_return_h[] = {
#embed "../../bpf/script_return.h"
};
static const char c_block_h[] = {
#embed "../../bpf/c_block.h"
};
static const char c_names_h[] = {
#embed "../../bpf/c_names.h"
};
static const char c_rest_h[] = {
#embed "../../bpf/c_rest.h"
};

#define EMBED(name, id) {name, id, sizeof(id)}

static const struct nc_embedded_file files[] = {
    EMBED("event.h", event_h),
    EMBED("kernel.h", kernel_h),
    EMBED("maps.h", maps_h),
    EMBED("skb.h", skb_h),
    EMBED("filter.h", filter_h),
    EMBED("filter_run.h", filter_run_h),
    EMBED("capture.h", capture_h),
    EMBED("probe.h", probe_h),
    EMBED("select.h", select_h),
    EMBED("handle.h", handle_h),
    EMBED("fentry.h", fentry_h),
    EMBED("registers.h", registers_h),
    EMBED("calls.h", calls_h),
    EMBED("stacks.h", stacks_h),
    EMBED("usdt.h", usdt_h),
    EMBED("kprobe.h", kprobe_h),
    EMBED("tracepoint.h", tracepoint_h),
    EMBED("script.h", script_h),
    EMBED("usual.h", usual_h),
    EMBED("layers.h", layers_h),
    EMBED("tables.h", tables_h),
    EMBED("skb_packet.h", skb_packet_h),
    EMBED("script_run.h", script_run_h),
    EMBED("script_handle.h", script_handle_h),
    EMBED("script_probe.h", script_probe_h),
    EMBED("reads.h", reads_h),
    EMBED("call_packet.h", call_packet_h),
    EMBED("ends.h", ends_h),
    EMBED("rebuild.h", rebuild_h),
    EMBED("user_packet.h", user_packet_h),
    EMBED("user_handle.h", user_handle_h),
    EMBED("script_return.h", script_return_h),
    EMBED("c_block.h", c_block_h),
    EMBED("c_names.h", c_names_h),
    EMBED("c_rest.h", c_rest_h),
};

const struct nc_embedded_file *nc_embedded_file_at(size_t index) {
  return index < sizeof(files) / sizeof(files[0]) ? &files[index] : NULL;
}
