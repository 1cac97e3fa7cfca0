import Testing

@testable import Kernel

@Suite struct VerifierLogTests {
  @Test func theReasonIsTheLineThatIsNoDump() {
    let log = """
      libbpf: prog 'nc_probe': BPF program load failed: Invalid argument
      libbpf: prog 'nc_probe': -- BEGIN PROG LOAD LOG --
      reg type unsupported for arg#0 function nc_probe#52
      0: R1=ctx(off=0,imm=0) R10=fp0
      ; int nc_probe(const u64 *ctx)
      12: (85) call bpf_probe_read_kernel#113
      R2 unbounded memory access, use 'var &= const' or 'if (var < const)'
      processed 25019 insns (limit 1000000) max_states_per_insn 13 total_states 1035
      -- END PROG LOAD LOG --
      libbpf: prog 'nc_probe': failed to load: -22
      """
    #expect(
      VerifierLog(log).reason
        == "R2 unbounded memory access, use 'var &= const' or 'if (var < const)'")
  }

  /// The lines behind it are of how far the verifier got.
  @Test func aProgramThatIsTooLargeIsSaidToBe() {
    let log = """
      libbpf: prog 'nc_probe': -- BEGIN PROG LOAD LOG --
      12: (85) call bpf_probe_read_kernel#113
      BPF program is too large. Processed 1000001 insn
      mark_precise: frame0: last_idx 12 first_idx 4 subseq_idx -1
      processed 1000001 insns (limit 1000000) max_states_per_insn 13 total_states 1035
      -- END PROG LOAD LOG --
      """
    #expect(VerifierLog(log).reason == "BPF program is too large. Processed 1000001 insn")
  }

  @Test func noVerifierNoReason() {
    #expect(VerifierLog("libbpf: failed to find kernel BTF type ID of 'x': -3").reason == nil)
    #expect(VerifierLog("").reason == nil)
  }

  @Test func aFailureWithoutALogNamesTheError() {
    #expect(LoadFailure(step: "attach", errno: 2, log: "").reason == "No such file or directory")
  }
}
