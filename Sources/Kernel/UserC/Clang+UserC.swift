package import Lowering
internal import Syntax
package import SystemPackage

/// The C of scripts: what clang is asked for, in three steps. It is preprocessed, which leaves no
/// macros, so that places are exact; parsed, with the kernel's types in front; and rewritten after the
/// tree that clang prints.
extension Clang {
  package enum UserFailure: Error {
    case clang(Failure)
    /// What is wrong with the script's C.
    case mistakes(CMistakes)
    /// The kernel's types cannot be written as C.
    case types(Errno)
  }

  private static let parsing =
    flags + [
      "-fsyntax-only", "-fno-color-diagnostics", "-fno-caret-diagnostics",
      "-fno-diagnostics-show-option", "-ferror-limit=20", "-Werror=return-type",
      "-Werror=implicit-function-declaration", "-Werror=int-conversion",
      "-Werror=incompatible-pointer-types", "-Wno-unused",
    ]

  /// Options for an object with C of a script in it: what it casts may be anything.
  private static let userOptions = ["-fno-strict-aliasing", "-Wno-everything"]

  /// The object of a script's probe.
  ///
  /// - Parameter userC: what ``userText(for:types:)`` made of its C blocks, empty without any.
  package func object(
    for lowered: LoweredScript, userC: String
  ) throws(Failure) -> [UInt8] {
    try object(
      for: EmbeddedSources.amalgamate(userC + lowered.c),
      options: lowered.userC == nil ? [] : Self.userOptions)
  }

  /// What stands before the rest of a probe's C: the script's, with its loads made safe.
  ///
  /// - Parameter types: the kernel's; nil where they cannot be had.
  package func userText(
    for user: UserC, types: TypeInformation?
  ) throws(UserFailure) -> String {
    var failure: UserFailure?
    do throws(Failure) {
      let text = EmbeddedSources.amalgamate(user.preprocessorText)
      let key =
        "C of a script\n\(Self.ownIdentity)\n\(types?.fingerprint ?? "no types")\n"
        + user.conditions + "\n"
        + Self.parsing.joined(separator: " ") + "\n" + text
      let rewritten = try cached(key) { () throws(Failure) in
        do throws(UserFailure) {
          let rewritten = try rewrite(user) { names throws(Errno) in
            try types.map { types throws(Errno) in
              try KernelTypeText(of: types, naming: names)
            } ?? .none
          }
          return Array(rewritten.utf8)
        } catch {
          failure = error
          throw .refused(log: "")
        }
      }
      return String(decoding: rewritten, as: UTF8.self)
    } catch {
      throw failure ?? .clang(error)
    }
  }

  /// The same, whatever was made of it before.
  ///
  /// - Parameter types: the kernel's types that a text with these identifiers needs.
  package func rewrite(
    _ user: UserC, types: (Set<String>) throws(Errno) -> KernelTypeText
  ) throws(UserFailure) -> String {
    let text = EmbeddedSources.amalgamate(user.preprocessorText)
    let preprocessed: [UInt8]
    do {
      preprocessed = try run(
        Self.flags + [
          "-E", "-nostdinc", "-Wno-everything", "-fno-color-diagnostics",
          "-fno-caret-diagnostics",
        ], on: Array(text.utf8), named: "block.c")
    } catch {
      throw explain(error, user)
    }
    let declared: KernelTypeText
    do {
      declared = try types(UserC.names(in: preprocessed))
    } catch {
      throw .types(error)
    }
    let parsed = UserC.parsedText(types: declared.c, preprocessed: preprocessed)
    var tree: [UInt8] = []
    do {
      // One filter is all that clang takes at a time.
      for filter in UserC.treeFilters(preprocessed) {
        tree += try run(
          Self.parsing + [
            "-x", "cpp-output", "-Xclang", "-ast-dump=json", "-Xclang",
            "-ast-dump-filter=\(filter)",
          ], on: parsed, named: "block.i")
      }
    } catch {
      throw explain(diagnose(user, declared) ?? error, user)
    }
    let rewritten: String?
    do {
      rewritten = try user.rewritten(
        types: declared.c, text: parsed, tree: tree, bitFields: declared.bitFields)
    } catch {
      throw .mistakes(error)
    }
    guard let rewritten else {
      throw .clang(.refused(log: "the syntax tree that it prints cannot be read"))
    }
    return rewritten
  }

  /// What clang says of the same text before preprocessing, where all is at its place in the script.
  private func diagnose(_ user: UserC, _ types: KernelTypeText) -> Failure? {
    do throws(Failure) {
      let text = EmbeddedSources.amalgamate(user.diagnosedText(types: types.c))
      _ = try run(Self.parsing, on: Array(text.utf8), named: "block.c")
      return nil
    } catch {
      return error
    }
  }

  private func explain(_ failure: Failure, _ user: UserC) -> UserFailure {
    guard case .refused(let log) = failure else { return .clang(failure) }
    let diagnostics = user.diagnostics(log)
    return diagnostics.isEmpty ? .clang(failure) : .mistakes(CMistakes(diagnostics: diagnostics))
  }
}
