internal import Glibc

/// How much is tried, and where it begins: `NETCAP_FUZZ_ROUNDS`, `NETCAP_FUZZ_SEED`.
package enum FuzzSetting {
  package static func rounds(_ usual: Int) -> Int {
    setting("NETCAP_FUZZ_ROUNDS").map(Int.init) ?? usual
  }

  package static var random: RepeatableNumbers {
    RepeatableNumbers(state: (setting("NETCAP_FUZZ_SEED") ?? 0x9e37_79b9_7f4a_7c15) | 1)
  }

  private static func setting(_ name: String) -> UInt64? {
    getenv(name).flatMap { UInt64(String(cString: $0)) }
  }
}

/// A sequence of random numbers that is the same in every run (xorshift64*).
package struct RepeatableNumbers: RandomNumberGenerator {
  package private(set) var state: UInt64

  /// - Parameter state: any number but 0.
  package init(state: UInt64) {
    self.state = state
  }

  package mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_f491_4f6c_dd1d
  }
}
