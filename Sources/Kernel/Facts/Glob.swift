internal import Glibc

/// A pattern for names: `*`, `?` and `[…]`, as glob(7) has them.
package struct Glob: Sendable, Equatable {
  package let pattern: String

  package init(_ pattern: String) {
    self.pattern = pattern
  }

  /// Whether the whole name fits.
  package func matches(_ name: String) -> Bool { fnmatch(pattern, name, 0) == 0 }
}
