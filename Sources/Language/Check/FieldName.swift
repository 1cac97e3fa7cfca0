package import Syntax

extension Expression {
  /// What a value is called where it is given no name: `skb.mark` is `mark`.
  package var fieldName: String? {
    switch kind {
    case .name(let name): name
    case .member(_, let name, _): name.text
    case .record(let items) where items.count == 1 && items[0].name == nil:
      items[0].value.fieldName
    case .call(let callee, let arguments):
      // `addr(args.saddr)` is `saddr`.
      if case .name(let name) = callee.kind, ["addr", "mac", "text"].contains(name),
        arguments.count == 1
      {
        arguments[0].value.fieldName
      } else {
        nil
      }
    default: nil
    }
  }
}
