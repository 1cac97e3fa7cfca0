import CNamespace
import Foundation
import Kernel
import Language
import Testing

extension InGuest {
  /// Programs of each kind, attached to a real kernel.
  @Suite struct AttachKernelTests {
    private static let cookies = TestObject.hasCookies

    private static let registers = """
      SEC("kprobe") int on_entry(const struct pt_regs *ctx)
      {
      	u32 point;
      	struct nc_call *call;

      	if (!nc_point_of(ctx, &point))
      		return 0;
      	add(point);
      	call = nc_call_begin(nc_config.point, nc_frame_at_entry(ctx));
      	if (call)
      		call->argument = ctx->NC_ARGUMENT(0);
      	return 0;
      }

      SEC("kretprobe") int on_return(const struct pt_regs *ctx)
      {
      	u64 frame = nc_frame_at_return(ctx);
      	struct nc_call *call = nc_call_find(nc_config.point, frame);

      	add(call && call->argument ? 100 : 101);
      	put(102, ctx->NC_RETURNED);
      	if (nc_config.cookies)
      		put(103, bpf_get_attach_cookie((void *)ctx));
      	nc_call_end(nc_config.point, frame);
      	return 0;
      }
      """

    @Test(arguments: [false, true])
    func returnsFindTheirCalls(multi: Bool) throws {
      let hasMulti = KernelFacts().features.kprobeMulti.isAvailable
      if multi, !hasMulti { return print("SKIPPED: this kernel has no kprobe.multi") }
      let network = try Network()
      let test = try TestObject(Self.registers) {
        if multi { for name in ["on_entry", "on_return"] { try $0.setMulti(name) } }
      }
      try test.register("icmp_rcv", point: 7)
      let place = AttachPlace.function("icmp_rcv")
      let links = [
        try test.object.attach("on_return", to: place, cookie: Self.cookies ? 9 : nil),
        try test.object.attach("on_entry", to: place, cookie: Self.cookies ? 7 : nil),
      ]
      try network.ping(count: 3)
      withExtendedLifetime(links) {
        #expect(test[7] == 6, "three requests, three replies")
        #expect(test[100] == 6, "calls that were found")
        #expect(test[101] == 0, "calls that were not")
        // NET_RX_SUCCESS or NET_RX_DROP, by kernel.
        #expect(test[102] & 0xffff_ffff <= 1)
        if Self.cookies { #expect(test[103] == 9) }
      }
    }

    private static let trampolines = """
      SEC("fentry") int on_entry(const u64 *ctx)
      {
      	struct nc_call *call = nc_call_begin(nc_config.point, nc_frame_of_trampoline(ctx));

      	if (call)
      		call->argument = nc_any_number(ctx);
      	return 0;
      }

      SEC("fexit") int on_return(const u64 *ctx)
      {
      	u64 frame = nc_frame_of_trampoline(ctx);
      	struct nc_call *call = nc_call_find(nc_config.point, frame);

      	add(call && call->argument == 77 ? 100 : 101);
      	put(102, ctx[1]);
      	nc_call_end(nc_config.point, frame);
      	return 0;
      }
      """

    @Test func trampolinesFindTheirCalls() throws {
      let network = try Network()
      let text = "static __always_inline u64 nc_any_number(const u64 *ctx) { return 77; }\n"
      let test = try TestObject(text + Self.trampolines) {
        for name in ["on_entry", "on_return"] { try $0.setTarget("icmp_rcv", of: name) }
      }
      #expect(test.object.programs.map(\.kind) == [.fentry, .fexit])
      let links = [
        try test.object.attach("on_return", to: .prepared),
        try test.object.attach("on_entry", to: .prepared),
      ]
      try network.ping(count: 2)
      withExtendedLifetime(links) {
        #expect(test[100] == 4)
        #expect(test[101] == 0)
        // NET_RX_SUCCESS or NET_RX_DROP, by kernel.
        #expect(test[102] & 0xffff_ffff <= 1)
      }
    }

    @Test func records() throws {
      let found = KernelFacts().scriptTypes
        .tracepoints(category: "net", matching: "netif_receive_skb")
      let fields = try #require(found.first).arguments
      let length = try #require(fields.first { $0.name == "len" }).place
      let name = try #require(fields.first { $0.name == "name" }).place
      let network = try Network()
      let test = try TestObject(
        """
        SEC("tp") int on_record(const void *ctx)
        {
        	u32 located = *(const u32 *)(ctx + \(name));
        	u64 text = 0;

        	bpf_probe_read_kernel(&text, 5, ctx + (located & 0xffff));
        	if (text == 0x306874657600 >> 8 && *(const u32 *)(ctx + \(length)) == 84)
        		add(1);
        	return 0;
        }

        SEC("raw_tp") int on_raw(const u64 *ctx)
        {
        	if (nc_read(ctx[0], struct sk_buff, len) == 84)
        		add(2);
        	return 0;
        }
        """)
      let links = [
        try test.object.attach(
          "on_record", to: .tracepoint(category: "net", name: "netif_receive_skb"),
          cookie: Self.cookies ? 5 : nil),
        try test.object.attach("on_raw", to: .rawTracepoint("netif_receive_skb")),
      ]
      try network.ping(count: 2)
      withExtendedLifetime(links) {
        #expect(test[1] == 4, "two requests, two replies, by the record")
        #expect(test[2] == 4, "and by the arguments")
      }
      #expect(throws: LoadFailure.self) {
        _ = try test.object.attach("on_record", to: .tracepoint(category: "net", name: "absent"))
      }
    }

    private static let user = """
      SEC("uprobe") int on_call(const struct pt_regs *ctx)
      {
      	add(1);
      	put(2, ctx->NC_ARGUMENT(0));
      	put(7, nc_stack_number((void *)ctx, NC_STACK_USER));
      	return 0;
      }

      SEC("uretprobe") int on_result(const struct pt_regs *ctx)
      {
      	add(3);
      	put(4, ctx->NC_RETURNED);
      	return 0;
      }

      SEC("usdt") int on_mark(const struct pt_regs *ctx)
      {
      	const struct nc_usdt_spec *spec = nc_usdt_spec(ctx);
      	u64 value;

      	if (!spec)
      		return 0;
      	if (nc_usdt_argument(ctx, spec, 0, &value))
      		put(5, value);
      	if (nc_usdt_argument(ctx, spec, 1, &value))
      		put(6, value);
      	if (nc_usdt_argument(ctx, spec, 2, &value))
      		add(8);
      	put(9, spec->cookie);
      	add(10);
      	return 0;
      }
      """

    @Test func processes() throws {
      let stacks = try StackMap(entries: 64)
      let test = try TestObject(Self.user) { try stacks.share(with: $0) }
      let place = AttachPlace.userFunction(path: testExecutable, name: "nc_marked")
      let mark = AttachPlace.userMark(
        path: testExecutable, provider: "netcap_test", name: "marked")
      var links = [
        try test.object.attach("on_call", to: place),
        try test.object.attach("on_result", to: place),
      ]
      // In a file that is loaded anywhere, marks are told by cookies.
      let hasMarks = Self.cookies
      do throws(LoadFailure) {
        links.append(try test.object.attach("on_mark", to: mark, cookie: 33))
        #expect(hasMarks)
      } catch {
        #expect(!hasMarks && error.cause == .notSupported, "\(error)")
        #expect(error.reason.hasPrefix("usdt: attaching to shared libraries"), "\(error.reason)")
      }
      #expect(nc_marked(20) == 41)
      #expect(nc_marked(-3) == -5)
      withExtendedLifetime(links) {
        #expect(test[1] == 2 && test[3] == 2)
        #expect(Int32(truncatingIfNeeded: test[2]) == -3)
        #expect(Int32(truncatingIfNeeded: test[4]) == -5)
        if hasMarks {
          #expect(Int64(bitPattern: test[5]) == -3)
          #expect(Int64(bitPattern: test[6]) == -7)
          #expect(test[8] == 0 && test[9] == 33 && test[10] == 2)
        }
        let names = UserSymbolizer()
        let frames = stacks.frames(of: test[7]).map {
          names.name($0, process: UInt32(getpid()))
        }
        #expect(frames.first == "nc_marked+0x0 [\(testExecutable)]", "\(frames)")
      }
      let failure = #expect(throws: LoadFailure.self) {
        _ = try test.object.attach(
          "on_call", to: .userFunction(path: testExecutable, name: "nc_absent"))
      }
      #expect(failure?.cause == .notFound, "\(String(describing: failure))")
    }

    @Test func stacks() throws {
      let network = try Network()
      let stacks = try StackMap(entries: 1024)
      let test = try TestObject(
        """
        SEC("kprobe") int on_entry(const struct pt_regs *ctx)
        {
        	put(1, nc_stack_number((void *)ctx, 0));
        	return 0;
        }

        SEC("fentry") int on_entry_typed(const u64 *ctx)
        {
        	put(2, nc_stack_number((void *)ctx, 0));
        	return 0;
        }

        SEC("tp_btf") int on_typed(const u64 *ctx)
        {
        	put(3, nc_stack_number((void *)ctx, 0));
        	return 0;
        }

        SEC("tp") int on_record(void *ctx)
        {
        	put(4, nc_stack_number(ctx, 0));
        	return 0;
        }
        """
      ) {
        try stacks.share(with: $0)
        try $0.setTarget("icmp_rcv", of: "on_entry_typed")
        try $0.setTarget("net_dev_queue", of: "on_typed")
      }
      let links = [
        try test.object.attach("on_entry", to: .function("icmp_rcv")),
        try test.object.attach("on_entry_typed", to: .prepared),
        try test.object.attach("on_typed", to: .prepared),
        try test.object.attach(
          "on_record", to: .tracepoint(category: "net", name: "net_dev_queue")),
      ]
      try network.ping(count: 1)
      // Attached until here.
      defer { withExtendedLifetime(links) {} }
      let symbols = KernelSymbolizer()
      let clock = ContinuousClock()
      var kept = 0
      for index in 1...4 {
        let frames = stacks.frames(of: test[index])
        // Two chains may have one number by chance: then one is not kept, and that is counted.
        if frames.isEmpty, try stacks.lost().collisions > 0 {
          print("stack: another chain has its number, \(Int64(bitPattern: test[index]))")
          continue
        }
        #expect(frames.count > 4, "\(Int64(bitPattern: test[index]))")
        kept += 1
        let time = clock.measure { _ = frames.map { symbols.name($0) } }
        let names = symbols.names(of: frames)
        print(
          "stack: \(frames.count) names in \(time), \(frames.map { symbols.name($0) }.prefix(5))")
        let place = index < 3 ? "icmp_rcv+0x" : "__dev_queue_xmit+0x"
        #expect(names.first?.hasPrefix(place) == true, "\(names)")
        if index < 3 { #expect(names.contains { $0.hasPrefix("ip_local_deliver") }, "\(names)") }
      }
      #expect(kept > 1)
      let lost = try stacks.lost()
      #expect(lost.unreadable == 0, "\(lost)")
      #expect(symbols.name(1) == "0x1")
      stacks.clear()
      #expect(stacks.frames(of: test[1]).isEmpty)
    }

    @Test func aProgramThatDoesNotFit() throws {
      let test = try TestObject(Self.registers)
      #expect(throws: LoadFailure.self) {
        _ = try test.object.attach("on_entry", to: .rawTracepoint("netif_receive_skb"))
      }
      let absent = #expect(throws: LoadFailure.self) {
        _ = try test.object.attach("on_entry", to: .function("no_such_function_at_all"))
      }
      #expect(absent?.cause == .notFound, "\(String(describing: absent))")
      let byAddress = try #require(try KernelSymbols().addresses(of: ["icmp_rcv"])["icmp_rcv"])
      _ = try test.object.attach("on_entry", to: .function("icmp_rcv", address: byAddress))
    }
  }
}
