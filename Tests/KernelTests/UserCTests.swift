import Foundation
import Testing

extension InGuest {
  /// C blocks in the running kernel, which they read.
  @Suite struct UserCTests {
    private func outcome(
      of script: String, _ options: [String] = [],
      traffic: (Network) throws -> Void = { try $0.ping(count: 2) }
    ) throws -> Netcap.Outcome {
      let network = try Network()
      try Self.mark(network)
      let netcap = try Netcap(starting: options + ["-x", script])
      try netcap.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      try traffic(network)
      return try netcap.end()
    }

    /// What arrives at the server has this mark.
    private static func mark(_ network: Network) throws {
      let rule = "-t mangle -A PREROUTING -p icmp -j MARK --set-mark 0x10"
      try run("iptables", rule.words, in: network.server)
    }

    /// The user filter and the user action of ByteDance's article, as a script.
    @Test func theExampleOfTheDesign() throws {
      let outcome = try outcome(
        of: """
          probe icmp_rcv {
              filter "host 10.9.0.2"
              where c { return skb->mark == 0x10; }
              emit a: s32, b: u32, x1: u8 from c {
                  user->a = 0x12345678; user->b = 1000; user->x1 = 'M'; return 1;
              }
          }
          on icmp_rcv { print "a {a:#x} b {b} x1 {x1:c}" }
          """)
      #expect(outcome.status == 0, "\(outcome.errors)")
      // Of each ping the request alone has the mark.
      let line = "a 0x12345678 b 1000 x1 M"
      #expect(outcome.lines.map(String.init) == [line, line], "\(outcome.text)")
    }

    static let points = ["icmp_rcv", "kprobe:icmp_rcv", "tracepoint:net:netif_receive_skb"]

    /// The same reads where the packet is a typed argument, a register, and a member of a record.
    @Test(arguments: points) func reads(at point: String) throws {
      let outcome = try outcome(
        of: """
          option minimum: int = 60
          probe p = \(point) {
              filter "icmp and dst host 10.9.0.2"
              where skb.dev.ifindex > 0
              where c {
                  #include <linux/ip.h>
                  struct iphdr *ip = (struct iphdr *)(skb->head + skb->network_header);
                  return _(ip->ttl) == 64 && ntohs(skb->protocol) == ETH_P_IP && skb->dev->mtu > minimum;
              }
              emit index = dev.ifindex, length = skb.len, ifindex: s32, len: u32, ihl: u8, version: u8,
                  type: u8, letters: u8, copied: u8, first: u8, bytes: u16, name: u32 from c {
                  struct iphdr ip = *(struct iphdr *)(skb->head + skb->network_header);
                  struct icmphdr *icmp = (void *)(skb->head + skb->network_header + ip.ihl * 4);
                  struct sk_buff *again = skb;
                  const char *name = again->dev->name;
                  u8 two[2];
                  int i;

                  user->ifindex = (*again->dev).ifindex;
                  user->len = again->len;
                  user->ihl = ((struct iphdr *)(skb->head + skb->network_header))->ihl;
                  user->version = ip.version;
                  user->type = icmp->type;
                  for (i = 0; i < 4; i++)
                      user->letters += name[i] >= 'a' && name[i] <= 'z';
                  user->copied = ip.protocol == IPPROTO_ICMP;
                  memcpy(two, pkt + 12, 2);
                  user->bytes = two[0] << 8 | two[1];
                  user->first = *name;
                  bpf_probe_read_kernel(&user->name, 4, &skb->dev->name);
                  return (u64)sock != 1;
              }
          }
          on p {
              print "{index == ifindex} {len == length} {ihl} {version} {type} {letters} {copied}"
              print "{bytes:x} {first:c} {name:x}"
          }
          """)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let lines = ["true true 5 4 8 4 1", "800 v 68746576"]
      #expect(outcome.lines.map(String.init) == lines + lines, "\(outcome.text)\(outcome.errors)")
    }

    @Test func sockets() throws {
      let outcome = try outcome(
        of: """
          probe c = kprobe:tcp_set_state {
              where c {
                  return sock->__sk_common.skc_dport == htons(9003) &&
                         sock->__sk_common.skc_family == AF_INET;
              }
              emit before = sock.state, state: u8, cwnd: u32, reuse: u8, port: u16 from c {
                  struct tcp_sock *tp = (struct tcp_sock *)sock;

                  user->state = tp->inet_conn.icsk_inet.sk.__sk_common.skc_state;
                  user->cwnd = tp->snd_cwnd;
                  user->reuse = sock->__sk_common.skc_reuse;
                  user->port = ntohs(((struct inet_sock *)sock)->inet_sport);
                  return 1;
              }
          }
          on c { print "{before} {state} {cwnd > 0} {reuse} {port > 1023}" }
          """
      ) { network in _ = try network.transfer([1, 2, 3], port: 9003) }
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.lines.contains { $0.contains(" 7 ") || $0.contains(" 2 ") }, "\(outcome.text)")
      #expect(outcome.lines.contains { $0.hasSuffix(" true 1 true") }, "\(outcome.text)")
    }

    /// At points in programs pointers are about the memory of the process.
    @Test func memoryOfProcesses() throws {
      let netcap = try Netcap(
        starting: [
          "-c", "1", "-x",
          """
          probe set = uprobe:"/lib/x86_64-linux-gnu/libc.so.6":setenv {
              where c {
                  const char *name = (const char *)((struct pt_regs *)ctx)->di;
                  return name[0] == 'N' && name[6] == '_' && name[7] == 'C' && !name[8];
              }
              emit first: u8 from c {
                  const char *value = (const char *)((struct pt_regs *)ctx)->si;
                  user->first = value[0];
                  return 1;
              }
          }
          on set { print "{first:c}" }
          """,
        ])
      try netcap.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      setenv("NETCAP_C", "value", 1)
      let outcome = try netcap.wait()
      #expect(outcome.lines == ["v"], "\(outcome.text)\(outcome.errors)")
    }

    /// The packet of a call is still there when it returns.
    @Test func returns() throws {
      let outcome = try outcome(
        of: """
          probe back = return:icmp_rcv {
              filter "icmp and dst host 10.9.0.2"
              emit retval, type: u16, len: u32 from c {
                  user->type = pkt[12] << 8 | pkt[13];
                  user->len = pkt_len;
                  return pkt[14] == 0x45;
              }
          }
          on back { print "{retval} {type:x} {len}" }
          """)
      #expect(outcome.lines == ["0 800 98", "0 800 98"], "\(outcome.text)\(outcome.errors)")
    }

    @Test func whatTheVerifierRefusesIsAtItsLine() throws {
      // Each form that the kernel might take is compiled: four at most.
      let refused = try Netcap(starting: [
        "-x",
        """
        probe icmp_rcv {
            emit a: u64 from c {
                u64 *p = &user->a;
                p += user->a;
                p[4096] = 1;
                return 1;
            }
        }
        """,
      ])
      let outcome = try refused.wait(within: .seconds(300))
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("the kernel does not take probe 'icmp_rcv'"))
      #expect(outcome.errors.contains("p[4096] = 1;"), "\(outcome.errors)")
    }

    @Test func mistakesAreAtTheirPlace() throws {
      let outcome = try Netcap.run(
        "-x", "probe icmp_rcv { where c { return skb->marx == 1; } }")
      #expect(outcome.status == 2)
      #expect(outcome.errors.contains(" --> -x:1:40\n"), "\(outcome.errors)")
      #expect(outcome.errors.contains("no member named 'marx' in 'struct sk_buff'"))
      let checked = try Netcap.run("check", "--kernel", "--explain", "/nonexistent.ncs")
      #expect(checked.status == 1)
    }

    @Test func recordingsReplay() throws {
      let scratch = try Scratch()
      let file = scratch.file("c.pcapng")
      let script = """
        probe icmp_rcv {
            filter "icmp and dst host 10.9.0.2"
            where c { return skb->mark == 0x10; }
            emit mtu: u32, size = pkt.len from c { user->mtu = skb->dev->mtu; return 1; }
        }
        on icmp_rcv { print "{mtu} {size}" }
        """
      let live = try outcome(of: script, ["-w", file])
      #expect(live.lines == ["1500 98", "1500 98"], "\(live.text)\(live.errors)")
      let refused = try Netcap.run("-r", file, "-x", script)
      #expect(refused.status == 2)
      #expect(refused.errors.contains("--skip-c"), "\(refused.errors)")
      let replayed = try Netcap.run("--skip-c", "-r", file, "-x", script)
      #expect(replayed.text == live.text, "\(replayed.errors)")
    }
  }
}
