import Testing

@testable import Output

@Suite struct DigitsTests {
  private func bytes(_ body: (inout ByteQueue) -> Void) -> String {
    var queue = ByteQueue(capacity: 16)
    body(&queue)
    return String(decoding: queue.bytes, as: UTF8.self)
  }

  /// Numbers of each length: their first and last, and some between.
  static let numbers: [UInt64] = {
    var numbers: [UInt64] = [0, .max, .max - 1]
    var power: UInt64 = 1
    for _ in 0..<20 {
      numbers += [power - 1, power, power + 1, power / 7 * 3, power &* 9 &+ 8]
      power = power.multipliedReportingOverflow(by: 10).partialValue
    }
    return numbers
  }()

  @Test func `decimal digits are those of the standard library`() {
    for number in Self.numbers {
      #expect(bytes { $0.appendDecimal(number) } == String(number))
      for width in 1...12 {
        let zeros = String(repeating: "0", count: max(0, width - String(number).count))
        #expect(bytes { $0.appendDecimal(number, width: width) } == zeros + String(number))
        let blanks = String(repeating: " ", count: max(0, width - String(number).count))
        #expect(bytes { $0.appendDecimal(number, blanksTo: width) } == blanks + String(number))
      }
    }
    for number in stride(from: 0, to: 100_000_000, by: 9973) {
      #expect(bytes { $0.appendDecimal(UInt64(number)) } == String(number))
    }
  }

  @Test func `hexadecimal digits are those of the standard library`() {
    for number in Self.numbers {
      let digits = String(number, radix: 16)
      let all = String(repeating: "0", count: 16 - digits.count) + digits
      #expect(bytes { $0.append(hex: number) } == all)
      for count in 1...16 {
        #expect(bytes { $0.append(hex: number, digits: count) } == all.suffix(count))
      }
    }
    let every = (0...255).map { UInt8($0) }
    let expected = every.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(bytes { queue in every.withUnsafeBytes { queue.append(hex: $0) } } == expected)
  }

  @Test func `stamps are of equal length and differ`() {
    var generator = StampGenerator()
    var seen: Set<UInt64> = []
    var high = 0
    for _ in 0..<20_000 {
      let stamp = generator.next()
      #expect((1_000_000_000...UInt32(Int32.max)).contains(stamp.seconds))
      #expect(stamp.nanoseconds < 1_000_000_000)
      seen.insert(UInt64(stamp.seconds) << 32 | UInt64(stamp.nanoseconds))
      if stamp.nanoseconds >= 500_000_000 { high += 1 }
      let fraction = String(String(1_000_000_000 + UInt64(stamp.nanoseconds)).dropFirst())
      let text = Array("\(stamp.seconds).\(fraction) and more".utf8)
      #expect(text.withUnsafeBytes { Stamp.Text(stamp).matches($0.baseAddress!) })
      for index in 0..<Stamp.textLength {
        var other = text
        other[index] ^= 1
        #expect(!other.withUnsafeBytes { Stamp.Text(stamp).matches($0.baseAddress!) })
      }
    }
    #expect(seen.count == 20_000)
    #expect((9_000...11_000).contains(high))
    var another = StampGenerator()
    #expect(another.next() != generator.next(), "two sessions draw different stamps")
  }

  @Test func `a queue gives back what was put in, in order`() {
    var queue = ByteQueue(capacity: 8)
    var taken: [UInt8] = []
    var number: UInt8 = 0
    var put: [UInt8] = []
    var random = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      for _ in 0..<Int(random.next() % 40) {
        queue.append(number)
        put.append(number)
        number &+= 1
      }
      let count = min(queue.count, Int(random.next() % 48))
      taken += queue.bytes.prefix(count)
      queue.removeFirst(count)
    }
    taken += queue.bytes
    #expect(taken == put)
  }
}
