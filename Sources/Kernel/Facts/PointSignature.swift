import Language
import Syntax

/// The arguments of a function or tracepoint, for finding the skb among them.
struct PointSignature {
  /// "function" or "tracepoint".
  let what: String
  let prototype: String
  let parameters: [Parameter]

  private var skbs: [Int] { positions(.skb) }

  private func positions(_ shape: Parameter.Shape) -> [Int] {
    parameters.indices.filter { parameters[$0].shape == shape }.map { $0 + 1 }
  }

  /// The argument that is the skb: the one that the point names, if it can be one; else the first.
  func skbArgument(of point: Point) throws(Diagnostic) -> Int {
    guard let argument = point.skbArgument else {
      if let first = skbs.first { return first }
      throw PointProblem.noSkb(self, untyped: positions(.untypedPointer)).diagnostic(point)
    }
    guard (1...max(1, parameters.count)).contains(argument), !parameters.isEmpty else {
      throw PointProblem.noSuchArgument(self, argument: argument, skbs: skbs).diagnostic(point)
    }
    switch parameters[argument - 1].shape {
    case .skb, .untypedPointer: return argument
    case .other:
      throw PointProblem.notAnSkb(self, argument: argument, skbs: skbs).diagnostic(point)
    }
  }

  /// Checks that the second argument that the point asks for is there.
  func checkExtraArgument(of point: Point) throws(Diagnostic) {
    guard let argument = point.extraArgument else { return }
    guard argument >= 1, argument <= parameters.count, parameters[argument - 1].size != nil else {
      throw PointProblem.noSuchArgument(self, argument: argument, skbs: []).diagnostic(point)
    }
  }

  /// Says so where the argument was chosen among several.
  func notes(on point: Point, taken: Int) -> [Diagnostic] {
    guard point.skbArgument == nil, skbs.count > 1 else { return [] }
    let others = skbs.filter { $0 != taken }
    return [PointProblem.severalSkbs(self, taken: taken, others: others).diagnostic(point, .note)]
  }
}
