/// A small JSON text, for what is printed once (RFC 8259).
package indirect enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case number(Int)
  case string(String)
  case array([JSONValue])
  case object([Member])

  /// A member of an object; they keep their order.
  package struct Member: Sendable, Equatable {
    package let name: String
    package let value: JSONValue
  }

  package static func object(_ members: [(String, JSONValue)]) -> JSONValue {
    .object(members.map { Member(name: $0, value: $1) })
  }

  /// On one line, without white space.
  package var text: String {
    var queue = ByteQueue()
    append(to: &queue)
    return String(decoding: queue.bytes, as: UTF8.self)
  }

  private func append(to queue: inout ByteQueue) {
    switch self {
    case .null: queue.append("null")
    case .bool(let value): queue.append(value ? "true" : "false")
    case .number(let value): queue.append(Array(String(value).utf8))
    case .string(let value): queue.append(json: value)
    case .array(let values):
      queue.append("[")
      for (index, value) in values.enumerated() {
        if index > 0 { queue.append(",") }
        value.append(to: &queue)
      }
      queue.append("]")
    case .object(let members):
      queue.append("{")
      for (index, member) in members.enumerated() {
        if index > 0 { queue.append(",") }
        queue.append(json: member.name)
        queue.append(":")
        member.value.append(to: &queue)
      }
      queue.append("}")
    }
  }
}
