import Documents
import Foundation
import Packets
import SystemPackage
import Testing

extension InGuest {
  /// `--user-filter` and `--user-action`: files as ByteDance's netcap takes them, unchanged.
  @Suite struct UserActionTests {
    /// The two of the article.
    static let article = ["skb_user_filter.c", "skb_user_action.c"]

    static func articleFiles() throws -> [String: String] {
      var files: [String: String] = [:]
      for name in article { files[name] = try Documents.text("docs/examples/\(name)") }
      return files
    }

    static let articleLine =
      "pkt User Action >> {a: 0x12345678; b: 1000; c: 2002; x1: M; x2: 0x11; x3: 0xabcd; }"

    /// Files in a folder, and netcap with them.
    private func session(
      _ files: [String: String], _ arguments: [String], errors expected: Bool = false,
      traffic: (Network) throws -> Void = { try $0.ping(count: 2) }
    ) throws -> Netcap.Outcome {
      let network = try Network()
      let scratch = try Scratch()
      for (name, text) in files {
        try text.write(toFile: scratch.file(name), atomically: true, encoding: .utf8)
      }
      let netcap = try Netcap(
        starting: ["skb"] + arguments.map { $0.hasSuffix(".c") ? scratch.file($0) : $0 })
      // Where the verifier refuses, each form that the kernel might take is compiled: four at most.
      if expected { return try netcap.wait(within: .seconds(300)) }
      try netcap.process.waitForErrors(containing: "; ^C ends it", within: Netcap.readyTime)
      try traffic(network)
      return arguments.contains("-c") ? try netcap.wait() : try netcap.end()
    }

    private static let ping = ["-e", "icmp and dst host 10.9.0.2"]

    @Test(arguments: ["icmp_rcv@1", "kprobe:icmp_rcv", "tracepoint:net:netif_receive_skb"])
    func theArticlesFiles(_ point: String) throws {
      let outcome = try session(
        Self.articleFiles(),
        [
          "-f", point, "--user-filter", "skb_user_filter.c", "--user-action",
          "skb_user_action.c", "--user-output-color", "green", "-c", "2", "--stats",
        ] + Self.ping)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let lines = outcome.lines.map(String.init)
      try #require(lines.count == 4, "\(outcome.text)")
      for number in 0..<2 {
        #expect(lines[2 * number].contains("ICMP echo request"))
        #expect(lines[2 * number + 1] == "--> No \(number)'s \(Self.articleLine)")
      }
      #expect(outcome.errors.contains("packets: 2 received, 2 displayed"), "\(outcome.errors)")
    }

    /// A mark that plain reads see, a local copy of a header, the number of the point; 0 hides a line.
    @Test func filtersAndHiddenLines() throws {
      let outcome = try session(
        [
          "f.c": """
          static inline int xcap_ext_filter(void *ext, void *pkt, u16 trace_index)
          {
              struct sk_buff *skb = (struct sk_buff *)pkt;
              struct iphdr *ip = (struct iphdr *)(skb->head + skb->network_header);

              return ip->ttl == 64 && skb->dev->ifindex > 0 && trace_index < 2;
          }
          """,
          "a.c": """
          #include <linux/ip.h>
          #include <linux/icmp.h>
          #define SEQUENCE(x) ntohs((x)->un.echo.sequence)

          struct xcap_user_extend {
              u8 index;
              uint16_t seq; // format: #%04d
              int8_t below; // format: %d
              uint64_t address; // format: 0x%llx
          } __attribute__((packed));

          static int even(int n) { return n % 2 == 0; }

          static void note(struct xcap_user_extend *user, struct icmphdr *icmp)
          {
              user->seq = SEQUENCE(icmp);
              user->below = -5;
          }

          int xcap_user_action(void *ctx, void *pkt, u32 pkt_len, struct xcap_user_extend *user,
                               u16 trace_index)
          {
              struct sk_buff *skb = pkt;
              struct iphdr ip = *(struct iphdr *)(skb->head + skb->network_header);

              note(user, (struct icmphdr *)(skb->head + skb->network_header + ip.ihl * 4));
              user->index = trace_index;
              user->address = (uint64_t)skb;
              return even(user->seq);
          }
          """,
        ],
        [
          "-f", "ip_rcv@1,ip_local_deliver@1", "--ext-filter", "f.c", "--ext-action", "a.c", "-t",
          "-nnv",
        ] + Self.ping, traffic: { try $0.ping(count: 3) })
      #expect(outcome.status == 0, "\(outcome.errors)")
      let lines = outcome.lines.map(String.init)
      #expect(lines.count { $0.contains(": ping-") || $0.contains("ip_rcv: ") } >= 3)
      let said = lines.filter { $0.hasPrefix("-->") }
      // Of six packets the second of the client, at both points.
      try #require(said.count == 2, "\(outcome.text)")
      for (index, line) in said.enumerated() {
        let start = "'s pkt User Action >> {index: \(index); seq: #0002; below: -5; address: 0xff"
        #expect(line.contains(start), "\(line)")
        let place = try #require(lines.firstIndex(of: line))
        #expect(lines[place - 1].contains("seq 2, length 64"), "directly behind its packet")
      }
      #expect(said[0].hasPrefix("--> No 2's ") && said[1].hasPrefix("--> No 3's "), "\(said)")
    }

    /// `@2@1`: the socket is handed over.
    @Test func sockets() throws {
      let outcome = try session(
        [
          "socket.c": """
          #include <linux/tcp.h>
          #include <net/sock.h>

          /* What the receiving socket knows of its connection. */
          struct xcap_user_extend {
              uint8_t  tcp_state;  // format: 0x%x
              uint32_t segments;
              uint16_t local_port; // format: :%d
          };

          int xcap_ext_action(void *ext, void *pkt, u32 pkt_len, struct xcap_user_extend *user,
                              u16 trace_index)
          {
              struct sock *sock = ext;

              if (!sock) {
                  bpf_trace_printk("no socket for %d bytes\\n", pkt_len);
                  return 0;
              }
              user->tcp_state = sock->__sk_common.skc_state;
              user->segments = ((struct tcp_sock *)sock)->segs_in;
              user->local_port = sock->__sk_common.skc_num;
              return user->segments > 0;
          }
          """
        ],
        [
          "-f", "tcp_rcv_established@2@1", "-e", "dst port 9011", "--ext-action", "socket.c",
        ]
      ) { network in _ = try network.transfer([1, 2, 3], port: 9011) }
      #expect(outcome.status == 0, "\(outcome.errors)")
      let said = outcome.lines.filter { $0.contains("User Action >> {tcp_state: 0x1; segments: ") }
      #expect(!said.isEmpty, "\(outcome.text)")
      #expect(said.allSatisfy { $0.hasSuffix("; local_port: :9011; }") }, "\(said)")
    }

    /// Shared info behind the packet, by bcc's `_()`; on the way out.
    @Test func sharedInfo() throws {
      let outcome = try session(
        [
          "gso.c": """
          struct xcap_user_extend {
              unsigned int length, paged;
              u16 segment_size;
              u8 fragments;
              int kind; // format: 0x%02x
          };

          static struct skb_shared_info *shared(struct sk_buff *skb)
          {
              return (struct skb_shared_info *)(_(skb->head) + _(skb->end));
          }

          int xcap_user_action(void *ctx, void *pkt, u32 pkt_len, struct xcap_user_extend *user,
                               u16 trace_index)
          {
              struct sk_buff *skb = (struct sk_buff *)pkt;
              struct skb_shared_info *info = shared(skb);

              user->length = skb->len;
              user->paged = _(skb->data_len);
              user->segment_size = _(info->gso_size);
              user->fragments = info->nr_frags;
              user->kind = _(info->gso_type);
              return user->length == pkt_len;
          }
          """
        ], ["-f", "ip_output@3", "--user-action", "gso.c", "-c", "1"] + Self.ping)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.text.hasSuffix(
          "\n--> No 0's pkt User Action >> {length: 84; paged: 0; segment_size: 0; fragments: 0; "
            + "kind: 0x00; }\n"), "\(outcome.text)")
    }

    /// Flags of TCP through a structure of the file's own.
    @Test func ownStructures() throws {
      let outcome = try session(
        [
          "ending.c": """
          #define FIN 0x01
          /* A TCP header as bytes go over the wire. */
          struct segment {
              __be16 ports[2];
              __be32 sequence, acknowledged;
              u8 reserved : 4, words : 4;
              u8 flags;
              __be16 window;
          };

          static inline int xcap_user_filter(void *ctx, void *pkt, u16 trace_index)
          {
              struct sk_buff *skb = (struct sk_buff *)pkt;
              struct segment *segment;

              segment = (struct segment *)(skb->head + skb->transport_header);
              if (segment->words < 5)
                  return 0;
              return segment->flags & FIN;
          }
          """
        ],
        [
          "-f", "tcp_v4_rcv@1", "-e", "tcp port 9012", "--user-filter", "ending.c",
        ]
      ) { network in _ = try network.transfer([1, 2, 3], port: 9012) }
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(!outcome.lines.isEmpty)
      #expect(outcome.lines.allSatisfy { $0.contains("Flags [F") || $0.contains("Flags [FP") })
    }

    /// A payload with such lines, shown as text: each action's line still stands behind its packet.
    @Test func packetsCannotImitateActions() throws {
      let payload = "\n--> No 0's \(Self.articleLine)\n+-- No'0 packet received in x\n"
      let outcome = try session(
        Self.articleFiles(),
        [
          "-f", "udp_rcv", "-e", "udp port 9013", "--user-action", Self.article[1], "-S", "-t",
          "-nnA",
          "--capture-max-size", "1000",
        ]
      ) { network in
        try network.datagrams([[UInt8]](repeating: Array(payload.utf8), count: 20), port: 9013)
      }
      var rest = outcome.text[...]
      for number in 0..<20 {
        // The packet, whose payload ends with a line of its own; then the line, then the stack.
        let start = try #require(rest.range(of: "udp_rcv: "))
        rest = rest[start.upperBound...]
        let body = try #require(rest.range(of: payload), "\(rest.prefix(500))")
        let own =
          "\n--> No \(number)'s \(Self.articleLine)\n--> No \(number)'s packet's kstack: \n    udp_rcv"
        let line = try #require(rest.range(of: own))
        #expect(rest[body.upperBound..<line.lowerBound].allSatisfy { $0 == "\n" })
        rest = rest[line.upperBound...]
      }
    }

    @Test func withFilesAndGathering() throws {
      let scratch = try Scratch()
      let file = scratch.file("a.pcapng")
      let written = try session(
        Self.articleFiles(),
        ["-f", "icmp_rcv", "--user-action", Self.article[1], "-w", file, "-c", "1"] + Self.ping)
      #expect(written.lines.map(String.init) == ["--> No 0's \(Self.articleLine)"])
      let packets = try packets(in: CaptureReader(FilePath(file)))
      #expect(packets.count == 1 && packets[0].comments.joined().contains(" emit.b=1000"))

      let gathered = try session(
        Self.articleFiles(),
        ["-f", "ip_rcv,icmp_rcv", "-G", "--user-action", Self.article[1], "-c", "1"] + Self.ping)
      let lines = gathered.lines.map(String.init)
      try #require(lines.count == 4, "\(gathered.text)\(gathered.errors)")
      #expect(lines[1] == "--> No 0's \(Self.articleLine)")
      #expect(lines[2] == "+-- No'0 packet received in ip_rcv")

      let objects = try session(
        Self.articleFiles(),
        ["-f", "icmp_rcv", "--user-action", Self.article[1], "--json", "-c", "1"] + Self.ping)
      #expect(
        objects.text.contains(
          "\"fields\":{\"a\":305419896,\"b\":1000,\"c\":2002,\"x1\":77,\"x2\":17,\"x3\":43981,"
            + "\"shown\":1}"
        ), "\(objects.text)")
    }

    /// What is wrong is said of the file, at its line.
    @Test func mistakes() throws {
      func said(_ text: String) throws -> String {
        let outcome = try session(
          ["a.c": text], ["-f", "icmp_rcv", "--user-action", "a.c"], errors: true)
        #expect(outcome.status == 2 || outcome.status == 1)
        return outcome.errors
      }
      let head = "struct xcap_user_extend { int x; };\n"
      let function =
        "int xcap_user_action(void *ctx, void *pkt, u32 pkt_len, struct xcap_user_extend *user, "
        + "u16 trace_index)\n"
      let member = try said(
        head + function + "{\n    struct sk_buff *skb = pkt;\n    user->x = skb->marx;\n"
          + "    return 1;\n}\n")
      #expect(member.contains("no member named 'marx' in 'struct sk_buff'"), "\(member)")
      #expect(member.contains("a.c:5:20\n"), "\(member)")
      let pointer = try said("struct xcap_user_extend { char *x; };\n")
      #expect(pointer.contains("a pointer cannot be printed") || pointer.contains("no function"))
      let write = try said(
        head + function
          + "{\n    struct sk_buff *skb = pkt;\n    skb->mark = 1;\n    return 1;\n}\n")
      #expect(write.contains("C here can read the kernel's memory, and not write to it"))
      #expect(write.contains("a.c:5:5\n"), "\(write)")
      // The kernel's refusal, too: what a program is given is not written to.
      let refused = try said(
        head + function + "{\n    *(int *)ctx = 1;\n    return 1;\n}\n")
      #expect(refused.contains("the kernel does not take probe 'seen'"), "\(refused)")
      #expect(refused.contains("a.c:4:5\n"), "\(refused)")
    }
  }
}
