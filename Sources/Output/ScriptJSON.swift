internal import Language
internal import Runtime

// Values of scripts as JSON.

extension ByteQueue {
  mutating func append(json value: PrintedValue) {
    switch value {
    case .absent: append("null")
    case .integer(let number):
      if number < 0 { append(UInt8(ascii: "-")) }
      appendDecimal(number.magnitude)
    case .unsigned(let number): appendDecimal(number)
    case .boolean(let value): append(value ? "true" : "false")
    case .text(let text): append(json: text)
    case .list(let values):
      append("[")
      for (index, value) in values.enumerated() {
        if index > 0 { append(",") }
        append(json: value)
      }
      append("]")
    case .members(let members):
      append("{")
      for (index, member) in members.enumerated() {
        if index > 0 { append(",") }
        append(json: member.name)
        append(":")
        append(json: member.value)
      }
      append("}")
    }
  }

  /// `{"type":"table","name":…,"rows":[…]}`
  mutating func append(json table: PrintedTable) {
    append("{\"type\":\"table\",\"name\":")
    append(json: table.definition.name)
    append(",\"rows\":")
    append(json: .list(table.values))
    append("}\n")
  }
}
