internal import Syntax

/// `s[k] = v` and `s[k] = (a = 1, b)`
extension Check {
  func stateUpdate(
    _ index: Int, _ keys: [Expression], _ value: Expression, target: Expression, at span: Span
  ) -> TypedStatement.Kind? {
    let typedKeys = self.keys(
      keys, ofTable: nil, orState: index, at: target.span, assigns: true)
    guard let parts = parts(of: value, in: index) else { return nil }
    guard let values = agreed(parts, in: index, at: value.span), let typedKeys else { return nil }
    return .stateSet(state: index, keys: typedKeys, values: values)
  }

  private struct Part {
    let name: String
    let value: TypedExpression
  }

  private func parts(of expression: Expression, in index: Int) -> [Part]? {
    let known = learned.members[safe: index] ?? nil
    guard case .record(let items) = expression.kind, items.count != 1 || items[0].name != nil else {
      return value(of: expression, expecting: known?.first?.type).map {
        [Part(name: "", value: $0)]
      }
    }
    var parts: [Part] = []
    var isWhole = true
    for item in items {
      guard let name = item.name?.text ?? item.value.fieldName else {
        report(
          "this part has no name", at: item.value.span,
          hints: ["give it one: name = \(written(item.value.span))"])
        isWhole = false
        continue
      }
      if parts.contains(where: { $0.name == name }) {
        report("two parts are called '\(name)'", at: item.name?.span ?? item.value.span)
        isWhole = false
      }
      let expected = known?.first { $0.name == name }?.type
      guard let value = value(of: item.value, expecting: expected) else {
        isWhole = false
        continue
      }
      if case .record = value.type {
        report("a record cannot be part of another", at: value.span)
        isWhole = false
        continue
      }
      parts.append(Part(name: name, value: value))
    }
    return isWhole && !parts.isEmpty ? parts : nil
  }

  /// The values in the order of the state's members, which this adds to what is known of them.
  private func agreed(_ parts: [Part], in index: Int, at span: Span) -> [TypedExpression]? {
    if case .record = parts[0].value.type, parts[0].name.isEmpty {
      report(
        "what one state keeps is not kept whole in another", at: span, hints: ["name its parts"])
      return nil
    }
    guard let before = seen.members[index], let first = seen.memberSpans[index] else {
      seen.members[index] = parts.map { ValueType.Member(name: $0.name, type: $0.value.type) }
      seen.memberSpans[index] = span
      seen.wildMembers[index] = Set(parts.filter { isWild($0.value) }.map(\.name))
      return ordered(parts, as: learned.members[safe: index] ?? nil)
    }
    let name = script.states[index].name
    guard Set(before.map(\.name)) == Set(parts.map(\.name)) else {
      report(
        "'\(name)' keeps \(list(parts.map(\.name))) here, and \(list(before.map(\.name))) in "
          + "line \(lineNumber(of: first))", at: span,
        hints: ["keep the same everywhere"])
      return nil
    }
    var members = before
    for (position, member) in before.enumerated() {
      guard let part = parts.first(where: { $0.name == member.name }) else { return nil }
      if isWild(part.value) { continue }
      if seen.wildMembers[index].remove(member.name) != nil {
        members[position] = ValueType.Member(name: member.name, type: part.value.type)
        continue
      }
      let value = adapted(part.value, to: member.type)
      guard let type = member.type.joined(with: value.type) else {
        report(
          "\(member.name.isEmpty ? "'\(name)'" : "'\(member.name)'") is \(member.type.described) in "
            + "line \(lineNumber(of: first)), and this is \(value.type.described)",
          at: value.span)
        return nil
      }
      members[position] = ValueType.Member(name: member.name, type: type)
    }
    seen.members[index] = members
    return ordered(parts, as: learned.members[safe: index] ?? members)
  }

  private func ordered(_ parts: [Part], as members: [ValueType.Member]?) -> [TypedExpression] {
    guard let members else { return parts.map(\.value) }
    return members.compactMap { member in
      parts.first { $0.name == member.name }.map { adapted($0.value, to: member.type) }
    }
  }

  private func list(_ names: [String]) -> String {
    names == [""] ? "one value" : names.joined(separator: ", ")
  }
}
