package import Syntax
package import SystemPackage

/// A script's text, and where it is from.
package struct ScriptFile: Sendable, Equatable {
  package enum Origin: Sendable, Equatable {
    /// Named by the user, in this folder.
    case path(folder: FilePath)
    /// Found in a folder of the search path.
    case collection(FilePath)
    /// In the binary.
    case stdlib
    /// `-x`, standard input.
    case text
  }

  package let source: SourceText
  package let origin: Origin

  package init(source: SourceText, origin: Origin) {
    self.source = source
    self.origin = origin
  }

  /// Where names that it imports are looked for first.
  package var folder: FilePath? {
    switch origin {
    case .path(let folder), .collection(let folder): folder
    case .stdlib, .text: nil
    }
  }
}
