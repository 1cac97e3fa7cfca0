import ArgumentParser
import Output
import Session
import Syntax
import SystemPackage

/// An error to tell the user, and the exit status that goes with it.
struct Failure: Error {
  let diagnostics: [Diagnostic]
  let exitStatus: Int32
  /// As JSON objects on standard output instead of text on standard error.
  let isJSON: Bool

  init(_ error: SessionError, isJSON: Bool) {
    diagnostics = error.diagnostics
    exitStatus = error.exitStatus
    self.isJSON = isJSON
  }
}
