/// What a table or state holds: where two scripts agree in it, one can go on with the other's rows.
///
/// Types as they are in any script: an enumeration is known by its name.
package struct StoreIdentity: Sendable, Hashable {
  package let name: String
  fileprivate let keys: [String]
  fileprivate let values: [String]
  fileprivate let aggregation: Aggregation?
  fileprivate let maximum: Int
  fileprivate let lifetime: Int64?
}

extension Script {
  /// Of its tables, then of its states.
  package var storeIdentities: [StoreIdentity] {
    tables.indices.map(identity(ofTable:)) + states.indices.map(identity(ofState:))
  }

  package func identity(ofTable index: Int) -> StoreIdentity {
    let table = tables[index]
    return StoreIdentity(
      name: table.name, keys: table.keys.map(describe),
      values: [describe(.integer(table.presentation))], aggregation: table.aggregation,
      maximum: table.maximum, lifetime: nil)
  }

  package func identity(ofState index: Int) -> StoreIdentity {
    let state = states[index]
    return StoreIdentity(
      name: state.name, keys: state.keys.map(describe),
      values: state.members.map { "\($0.name): \(describe($0.type))" }, aggregation: nil,
      maximum: state.maximum, lifetime: state.lifetime)
  }

  private func describe(_ type: ValueType) -> String {
    switch type {
    case .integer(.enumeration(let index)): "enum \(enumerations[index].name)"
    case .integer(let presentation): "\(presentation)"
    case .record(let members):
      "(" + members.map { "\($0.name): \(describe($0.type))" }.joined(separator: ", ") + ")"
    case .boolean, .address, .mac, .text, .flow, .stack: "\(type)"
    }
  }
}
