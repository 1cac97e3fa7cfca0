internal import Language
internal import Syntax
internal import SystemPackage

/// Loads a script for a recording, by the types that it may mean, one after the other until it is sound.
///
/// A recording of netcap's has the names and types that it was made with; a live session may have gone on
/// with others of the same kernel. Any other may come from another kernel: names that this one does not
/// have are no mistakes.
///
/// - Parameters:
///   - kernel: the types of the kernel that runs here.
///   - isStrict: names have to be found.
/// - Throws: what is wrong with it by the first types.
func scriptTypes<Loaded>(
  forRecording file: FilePath, ofKernel kernel: any KernelTypes, isStrict: Bool = false,
  _ load: (any KernelTypes) throws(SessionError) -> Loaded
) throws(SessionError) -> Loaded {
  let recorded = RecordedTypes(of: file)
  var choices: [any KernelTypes] = recorded.map { [$0] } ?? []
  choices.append(kernel)
  if recorded == nil, kernel.isKnown, !isStrict { choices.append(NoKernelTypes()) }
  var first: SessionError?
  for types in choices {
    do throws(SessionError) {
      return try load(types)
    } catch {
      guard case .mistakes = error else { throw error }
      first = first ?? error
    }
  }
  // There is always one to try.
  throw first!
}

extension Script {
  /// - Throws: that its C blocks cannot be run on a recording, if it has any.
  func refuseC() throws(SessionError) {
    guard let block = cBlocks.first else { return }
    throw .mistakes([
      Diagnostic(
        .error, "C runs in the kernel only, and not on a recording",
        at: Diagnostic.Place(source, block.span),
        hints: [
          "--skip-c leaves it out: 'where c' lets all through, and what C fills is as recorded, "
            + "or absent"
        ])
    ])
  }
}
