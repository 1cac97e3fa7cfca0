package import Language

extension ValuePrinter {
  /// A value for output that wants no text; nil: absent. Enumerators and addresses stay texts.
  package func value(_ words: UnsafePointer<UInt64>?, _ type: ValueType) -> PrintedValue {
    guard let words else { return .absent }
    switch type {
    case .integer(.enumeration), .address, .mac, .flow: return .text(text(words, type))
    case .integer(let presentation):
      return presentation.isUnsigned
        ? .unsigned(words[0]) : .integer(Int64(bitPattern: words[0]))
    case .boolean: return .boolean(words[0] != 0)
    case .text:
      return .text(
        String(decoding: Text(words: words, count: type.wordCount).bytes, as: UTF8.self))
    case .stack: return .list(frames(of: words[0]).map { .text($0) })
    case .record(let members):
      var offset = 1
      var values: [PrintedValue.Member] = []
      for (index, member) in members.enumerated() {
        let isPresent = words[0] >> UInt64(index) & 1 != 0
        values.append(
          PrintedValue.Member(member.name, value(isPresent ? words + offset : nil, member.type)))
        offset += member.type.wordCount
      }
      return .members(values)
    }
  }

  private func text(_ words: UnsafePointer<UInt64>, _ type: ValueType) -> String {
    var text: [UInt8] = []
    append(words, type, ValueFormat(), to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Fields of an event by name, for output that shows the packet.
  package func fields(
    _ fields: [EventField], _ words: UnsafePointer<UInt64>?, wantsValues: Bool
  ) -> [ShownField] {
    guard let words else { return [] }
    var offset = 1
    return fields.enumerated().map { index, field in
      defer { offset += field.type.wordCount }
      let isPresent = words[0] >> UInt64(index) & 1 != 0
      var place = isPresent ? words + offset : nil
      if case .record = field.type, let members = place {
        // Events do not say which members are present.
        let masked = [UInt64.max] + UnsafeBufferPointer(start: members, count: field.type.wordCount)
        return masked.withUnsafeBufferPointer { shown(field, $0.baseAddress, wantsValues) }
      }
      if index >= 64 { place = nil }
      return shown(field, place, wantsValues)
    }
  }

  private func shown(
    _ field: EventField, _ place: UnsafePointer<UInt64>?, _ wantsValues: Bool
  ) -> ShownField {
    var text: [UInt8] = []
    if !wantsValues { append(place, field.type, ValueFormat(), to: &text) }
    return ShownField(
      name: field.name, text: String(decoding: text, as: UTF8.self),
      value: wantsValues ? value(place, field.type) : .absent)
  }
}
