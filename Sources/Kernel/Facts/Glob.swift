internal import Glibc

/// A pattern for names: `*`, `?` and `[…]`, as glob(7) has them.
package struct Glob: Sendable, Equatable {
  package let pattern: String

  package init(_ pattern: String) {
    self.pattern = pattern
  }

  /// Whether it can fit more than one name.
  package var isPattern: Bool { pattern.utf8.contains { "*?[\\".utf8.contains($0) } }

  /// Whether the whole name fits.
  package func matches(_ name: String) -> Bool { fnmatch(pattern, name, 0) == 0 }
}
