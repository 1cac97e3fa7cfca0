/// Whether something can be had here, and why not.
package enum Availability: Sendable, Equatable {
  case available
  case unavailable(reason: String)
  /// Only trying tells, or only root may know.
  case unknown(reason: String)

  package var isAvailable: Bool { self == .available }

  /// Why not, nil where it is available.
  package var reason: String? {
    switch self {
    case .available: nil
    case .unavailable(let reason), .unknown(let reason): reason
    }
  }

  /// Whether it is certain that it cannot be had.
  package var isRuledOut: Bool {
    if case .unavailable = self { return true }
    return false
  }
}
