package import Kernel
internal import Language
package import Session
package import Syntax

/// What `:list` and `:type` say.
package enum KernelAnswer {
  /// The names, and what there is to know about the list.
  ///
  /// - Throws: a diagnostic where nothing matches, with the nearest names.
  package static func text(
    of list: NameList, _ facts: KernelFacts
  ) throws(Diagnostic) -> String {
    let answer = list.answer(facts)
    let remarks = answer.remarks + answer.problems.map { $0.rendered() }
    guard answer.isEmpty else { return answer.text + remarks.map { "\($0)\n" }.joined() }
    let near = list.glob.map { nearestNames(to: $0, among: names(of: list.kind, facts)) } ?? []
    throw Diagnostic(
      .error, remarks.first ?? "nothing is listed",
      hints: (near.isEmpty ? [] : ["did you mean \(near.joined(separator: ", "))?"])
        + remarks.dropFirst())
  }

  private static func names(of kind: NameList.Kind, _ facts: KernelFacts) -> [String] {
    switch kind {
    case .functions: facts.scriptTypes.names(of: .skbFunction, beginning: "")
    case .tracepoints: facts.scriptTypes.names(of: .tracepoint, beginning: "")
    case .fields: Manual.fields().map(\.name)
    case .builtins: Manual.builtins().map(\.name)
    case .scripts: Manual.scripts().scripts.map(\.name)
    }
  }
}
