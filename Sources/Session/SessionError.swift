package import Syntax

/// Why a session did not do what was asked.
package enum SessionError: Error {
  /// What was asked for makes no sense: exit status 2.
  case usage(Diagnostic)
  /// Scripts have mistakes: exit status 2.
  case mistakes([Diagnostic])
  /// It cannot be done here, or not to its end: exit status 1.
  case cannotRun([Diagnostic])

  package var exitStatus: Int32 {
    switch self {
    case .usage, .mistakes: 2
    case .cannotRun: 1
    }
  }

  package var diagnostics: [Diagnostic] {
    switch self {
    case .usage(let diagnostic): [diagnostic]
    case .mistakes(let diagnostics), .cannotRun(let diagnostics): diagnostics
    }
  }
}
