internal import Glibc
internal import SystemPackage

/// Names that are looked for in a long text with one symbol on each line, such as
/// `/proc/kallsyms`: 100,000 lines are gone through once, and no line is made a `String`.
///
/// A name is found by its part up to the first dot, so that `f.isra.0` is seen when `f` is wanted.
struct NameScan {
  private let names: [[UInt8]]
  private var slots: [Int32]
  private let mask: Int

  init(_ wanted: some Collection<String>) {
    names = wanted.map { Array($0.utf8) }
    var size = 16
    while size < 2 * names.count { size *= 2 }
    mask = size - 1
    slots = [Int32](repeating: -1, count: size)
    for (number, name) in names.enumerated() {
      let stem = name.firstIndex(of: UInt8(ascii: ".")).map { name[..<$0] } ?? name[...]
      var slot = stem.reduce(NameScan.seed) { NameScan.mix($0, $1) } & mask
      while slots[slot] >= 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(number)
    }
  }

  /// One line on which a wanted name stands.
  struct Hit {
    /// Index of the name among those wanted.
    let name: Int
    /// The symbol, if it is more than the name: `f.isra.0`.
    let variant: String?
    /// What stands on the line before the symbol, parsed as a hexadecimal number.
    let address: UInt64
    /// The module that follows the symbol in brackets.
    let module: String?
  }

  /// What the reader of the lines wants next.
  enum Next { case goOn, stop }

  /// Goes through the text of a file.
  ///
  /// - Parameters:
  ///   - column: bytes before the symbol on each line; 0 where it comes first.
  ///   - firstOfModule: called before the first line that belongs to a module.
  ///   - body: called with each hit.
  func scan(
    _ descriptor: Int32, column: Int, firstOfModule: () -> Next, _ body: (Hit) -> Next
  ) throws(Errno) {
    let capacity = 256 << 10
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    defer { buffer.deallocate() }
    var filled = 0
    var inModules = false
    while true {
      let got = read(descriptor, buffer + filled, capacity - filled)
      if got < 0 {
        if errno == EINTR { continue }
        throw Errno(rawValue: errno)
      }
      filled += got
      let text = UnsafeRawBufferPointer(start: buffer, count: filled)
      // A last line without its newline is taken as well.
      let complete =
        got == 0 ? filled : text.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
      let lines = UnsafeRawBufferPointer(rebasing: text[..<complete])
      let next = scan(
        text: lines, column: column, inModules: &inModules, firstOfModule: firstOfModule, body)
      if case .stop = next { return }
      if got == 0 { return }
      memmove(buffer, buffer + complete, filled - complete)
      filled -= complete
      // A line that fills the whole buffer is no line of symbols.
      if filled == capacity { throw .badMessage }
    }
  }

  /// Goes through lines that are in memory.
  func scan(_ text: UnsafeRawBufferPointer, column: Int, _ body: (Hit) -> Void) {
    var inModules = false
    _ = scan(text: text, column: column, inModules: &inModules, firstOfModule: { .goOn }) {
      body($0)
      return .goOn
    }
  }

  private func scan(
    text: UnsafeRawBufferPointer, column: Int, inModules: inout Bool, firstOfModule: () -> Next,
    _ body: (Hit) -> Next
  ) -> Next {
    var lines = Lines(text: text, column: column)
    while let line = lines.next() {
      if line.hasModule, !inModules {
        inModules = true
        if case .stop = firstOfModule() { return .stop }
      }
      for hit in hits(line) {
        if case .stop = body(hit) { return .stop }
      }
    }
    return .goOn
  }

  private func hits(_ line: Lines.Line) -> [Hit] {
    var slot = line.stemHash & mask
    if slots[slot] < 0 { return [] }
    var result: [Hit] = []
    while slots[slot] >= 0 {
      let number = Int(slots[slot])
      slot = (slot + 1) & mask
      let name = names[number]
      let isName = line.symbol.elementsEqual(name)
      let isVariant =
        line.symbol.count > name.count && line.symbol[name.count] == UInt8(ascii: ".")
        && line.symbol.prefix(name.count).elementsEqual(name)
      guard isName || isVariant else { continue }
      result.append(
        Hit(
          name: number, variant: isVariant ? String(decoding: line.symbol, as: UTF8.self) : nil,
          address: line.address,
          module: line.hasModule ? String(decoding: line.module, as: UTF8.self) : nil))
    }
    return result
  }

  /// FNV-1a, byte by byte.
  fileprivate static let seed = 0x811c_9dc5
  @inline(__always) fileprivate static func mix(_ hash: Int, _ byte: UInt8) -> Int {
    ((hash ^ Int(byte)) &* 0x0100_0193) & 0xffff_ffff
  }

  /// The lines of a text that ends with a newline, or where the file ends.
  private struct Lines {
    let text: UnsafeRawBufferPointer
    let column: Int
    private var position = 0

    init(text: UnsafeRawBufferPointer, column: Int) {
      self.text = text
      self.column = column
    }

    /// One line, not looked at beyond what every line needs.
    struct Line {
      let text: UnsafeRawBufferPointer
      let column: Int
      let symbolEnd: Int
      let stemHash: Int

      var symbol: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text[column..<symbolEnd])
      }

      var hasModule: Bool { symbolEnd < text.count && text[text.count - 1] == UInt8(ascii: "]") }

      var module: UnsafeRawBufferPointer {
        let start = text[symbolEnd...].firstIndex(of: UInt8(ascii: "[")) ?? text.count - 2
        return UnsafeRawBufferPointer(rebasing: text[(start + 1)..<(text.count - 1)])
      }

      var address: UInt64 {
        var value: UInt64 = 0
        for byte in text[..<column] {
          guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { break }
          value = value << 4 | UInt64(digit)
        }
        return value
      }
    }

    mutating func next() -> Line? {
      while position < text.count {
        let start = position
        var end = min(start + column, text.count)
        var hash = NameScan.seed
        var inStem = true
        // Up to the end of the symbol: white space ends it, and nothing else below '!' occurs.
        while end < text.count, text[end] > UInt8(ascii: " ") {
          if text[end] == UInt8(ascii: ".") { inStem = false }
          if inStem { hash = NameScan.mix(hash, text[end]) }
          end += 1
        }
        let symbolEnd = end
        while end < text.count, text[end] != UInt8(ascii: "\n") { end += 1 }
        position = end + 1
        let line = UnsafeRawBufferPointer(rebasing: text[start..<end])
        if symbolEnd - start > column {
          return Line(text: line, column: column, symbolEnd: symbolEnd - start, stemHash: hash)
        }
      }
      return nil
    }
  }
}
