// stdlib/, embedded: the binary needs no files beside it. A test compares this list with the folder.
#include "CStdlib.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const char drops[] = {
#embed "../../stdlib/drops.ncs"
};
static const char tcplife[] = {
#embed "../../stdlib/tcplife.ncs"
};
static const char net_flows[] = {
#embed "../../stdlib/net/flows.ncs"
};
static const char net_tcp[] = {
#embed "../../stdlib/net/tcp.ncs"
};

#define EMBED(name, id) {name, id, sizeof(id)}

static const struct nc_stdlib_script scripts[] = {
    EMBED("drops", drops),
    EMBED("net/flows", net_flows),
    EMBED("net/tcp", net_tcp),
    EMBED("tcplife", tcplife),
};

const struct nc_stdlib_script *nc_stdlib_script_at(size_t index) {
  return index < sizeof(scripts) / sizeof(scripts[0]) ? &scripts[index] : NULL;
}
