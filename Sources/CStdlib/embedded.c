// stdlib/, embedded: the binary needs no files beside it. A test compares this list with the folder.
#include "CStdlib.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

#define EMBED(name, id) {name, id, sizeof(id)}

static const char dnslat[] = {
#embed "../../stdlib/dnslat.ncs"
};
static const char drops[] = {
#embed "../../stdlib/drops.ncs"
};
static const char dropwatch[] = {
#embed "../../stdlib/dropwatch.ncs"
};
static const char gethostlatency[] = {
#embed "../../stdlib/gethostlatency.ncs"
};
static const char ipecn[] = {
#embed "../../stdlib/ipecn.ncs"
};
static const char mtu_drops[] = {
#embed "../../stdlib/mtu-drops.ncs"
};
static const char net_flows[] = {
#embed "../../stdlib/net/flows.ncs"
};
static const char net_tcp[] = {
#embed "../../stdlib/net/tcp.ncs"
};
static const char netfilter_drop[] = {
#embed "../../stdlib/netfilter-drop.ncs"
};
static const char netsize[] = {
#embed "../../stdlib/netsize.ncs"
};
static const char nettop[] = {
#embed "../../stdlib/nettop.ncs"
};
static const char nettxlat[] = {
#embed "../../stdlib/nettxlat.ncs"
};
static const char packet_contents[] = {
#embed "../../stdlib/packet-contents.ncs"
};
static const char qdisc_latency[] = {
#embed "../../stdlib/qdisc-latency.ncs"
};
static const char resets[] = {
#embed "../../stdlib/resets.ncs"
};
static const char rxpath[] = {
#embed "../../stdlib/rxpath.ncs"
};
static const char skbdrop[] = {
#embed "../../stdlib/skbdrop.ncs"
};
static const char skblife[] = {
#embed "../../stdlib/skblife.ncs"
};
static const char superping[] = {
#embed "../../stdlib/superping.ncs"
};
static const char synflood[] = {
#embed "../../stdlib/synflood.ncs"
};
static const char tcp_trace[] = {
#embed "../../stdlib/tcp-trace.ncs"
};
static const char tcpaccept[] = {
#embed "../../stdlib/tcpaccept.ncs"
};
static const char tcpconnect[] = {
#embed "../../stdlib/tcpconnect.ncs"
};
static const char tcplife[] = {
#embed "../../stdlib/tcplife.ncs"
};
static const char tcpretrans[] = {
#embed "../../stdlib/tcpretrans.ncs"
};
static const char tcpsynbl[] = {
#embed "../../stdlib/tcpsynbl.ncs"
};
static const char tcpwin[] = {
#embed "../../stdlib/tcpwin.ncs"
};
static const char toptalkers[] = {
#embed "../../stdlib/toptalkers.ncs"
};
static const char ttl_drops[] = {
#embed "../../stdlib/ttl-drops.ncs"
};
static const char udpconnect[] = {
#embed "../../stdlib/udpconnect.ncs"
};
static const char undump[] = {
#embed "../../stdlib/undump.ncs"
};

static const struct nc_stdlib_script scripts[] = {
    EMBED("dnslat", dnslat),
    EMBED("drops", drops),
    EMBED("dropwatch", dropwatch),
    EMBED("gethostlatency", gethostlatency),
    EMBED("ipecn", ipecn),
    EMBED("mtu-drops", mtu_drops),
    EMBED("net/flows", net_flows),
    EMBED("net/tcp", net_tcp),
    EMBED("netfilter-drop", netfilter_drop),
    EMBED("netsize", netsize),
    EMBED("nettop", nettop),
    EMBED("nettxlat", nettxlat),
    EMBED("packet-contents", packet_contents),
    EMBED("qdisc-latency", qdisc_latency),
    EMBED("resets", resets),
    EMBED("rxpath", rxpath),
    EMBED("skbdrop", skbdrop),
    EMBED("skblife", skblife),
    EMBED("superping", superping),
    EMBED("synflood", synflood),
    EMBED("tcp-trace", tcp_trace),
    EMBED("tcpaccept", tcpaccept),
    EMBED("tcpconnect", tcpconnect),
    EMBED("tcplife", tcplife),
    EMBED("tcpretrans", tcpretrans),
    EMBED("tcpsynbl", tcpsynbl),
    EMBED("tcpwin", tcpwin),
    EMBED("toptalkers", toptalkers),
    EMBED("ttl-drops", ttl_drops),
    EMBED("udpconnect", udpconnect),
    EMBED("undump", undump),
};

const struct nc_stdlib_script *nc_stdlib_script_at(size_t index) {
  return index < sizeof(scripts) / sizeof(scripts[0]) ? &scripts[index] : NULL;
}
