package import Syntax
package import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Where scripts are found by name: the folder of the script that asks, `$NETCAP_PATH`, the user's
/// collection, and what ships in the binary, in this order.
///
/// A collection is a folder with scripts, put or linked into one of these. A folder that everybody may
/// write to is refused: what is found there would run as root.
package struct ScriptLibrary: Sendable {
  /// Folders in the order in which they are searched.
  package let folders: [FilePath]

  package init(folders: [FilePath]) {
    self.folders = folders
  }

  /// `$NETCAP_PATH` (parted by colons), then `$XDG_DATA_HOME/netcap` or `~/.local/share/netcap`.
  package static func ofUser() -> ScriptLibrary {
    func variable(_ name: String) -> String? {
      getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    var folders = variable("NETCAP_PATH")?.split(separator: ":").map { FilePath(String($0)) } ?? []
    if let data = variable("XDG_DATA_HOME"), data.hasPrefix("/") {
      folders.append(FilePath(data).appending("netcap"))
    } else if let home = variable("HOME"), home.hasPrefix("/") {
      folders.append(FilePath(home).appending(".local/share/netcap"))
    }
    return ScriptLibrary(folders: folders)
  }

  /// What `-s` names: a path if it contains `/` or ends in `.ncs`, standard input if it is `-`, else a
  /// name to be searched for. A script in a folder of a collection has a name with `/`, such as
  /// `net/flows`: it is searched for where there is no file of that name.
  package func script(_ name: String) throws(Diagnostic) -> ScriptFile {
    if name == "-" {
      return ScriptFile(
        source: SourceText(name: "standard input", text: try text(of: .standardInput, name)),
        origin: .text)
    }
    if Self.isPath(name) {
      let path = FilePath(name)
      let folder = path.removingLastComponent()
      return ScriptFile(
        source: SourceText(name: name, text: try read(path)),
        origin: .path(folder: folder.isEmpty ? "." : folder))
    }
    if let found = try find(name, beside: nil) { return found }
    let near = nearestNames(to: name, among: entries().scripts.map(\.name))
    throw Diagnostic(
      .error, "there is no script '\(name)'",
      hints: [
        near.isEmpty
          ? "netcap list scripts shows those that there are; a path contains / or ends in .ncs"
          : "did you mean \(near.joined(separator: ", "))?"
      ])
  }

  /// A script's name is written so that it can only be, or is meant to be, a path.
  package static func looksLikePath(_ name: String) -> Bool {
    name.contains("/") || name.hasSuffix(".ncs")
  }

  private static func isPath(_ name: String) -> Bool {
    if name.hasSuffix(".ncs") { return true }
    guard name.contains("/") else { return false }
    let isPlain = name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
      !["", ".", ".."].contains($0)
    }
    return !isPlain || access(name, F_OK) == 0
  }

  /// What `import` in a script names.
  package func script(
    importing name: String, from importer: ScriptFile, at place: Diagnostic.Place
  ) throws(Diagnostic) -> ScriptFile {
    let stem = name.hasSuffix(".ncs") ? String(name.dropLast(4)) : name
    guard !stem.isEmpty, !stem.hasPrefix("/"),
      !stem.split(separator: "/").contains(where: { $0 == ".." || $0 == "." })
    else {
      throw Diagnostic(
        .error, "an import names a script of a collection", at: place,
        hints: ["without .ncs, and without / at the start or .. in it: import \"net/flows\""])
    }
    if let found = try find(stem, beside: importer.folder) { return found }
    let near = nearestNames(to: stem, among: entries().scripts.map(\.name))
    throw Diagnostic(
      .error, "there is no script '\(stem)' to import", at: place,
      hints: [
        near.isEmpty
          ? "looked in \(searched(beside: importer.folder))"
          : "did you mean \(near.joined(separator: ", "))?"
      ])
  }

  /// A file of C that a script names: beside the script, or where the user is.
  package func c(_ path: String, for script: ScriptFile) throws(Diagnostic) -> SourceText {
    let place = FilePath(path)
    if case .stdlib = script.origin {
      throw Diagnostic(.error, "a script in the binary has no files beside it")
    }
    let full =
      if place.isAbsolute { place } else { script.folder.map { $0.pushing(place) } ?? place }
    // The name of what is beside the user's own folder is as the user has it.
    let name = full.string.hasPrefix("./") ? String(full.string.dropFirst(2)) : full.string
    return SourceText(name: name, text: try read(full, what: "C"))
  }

  private func searched(beside folder: FilePath?) -> String {
    ((folder.map { [$0] } ?? []) + folders).map { "\($0)" }.joined(separator: ", ") + ", stdlib"
  }

  private func find(_ name: String, beside folder: FilePath?) throws(Diagnostic) -> ScriptFile? {
    for candidate in (folder.map { [$0] } ?? []) + folders {
      let path = candidate.appending(name + ".ncs")
      if access(path.string, F_OK) != 0 { continue }
      // A script may be in a folder of the collection: nobody else may put one there either.
      for place in [candidate, path.removingLastComponent(), path] {
        if Self.isWritableByAll(place) {
          throw Diagnostic(
            .error, "\(place) may be written by everybody, so '\(name)' is not taken from there",
            hints: ["chmod o-w \(place)"])
        }
      }
      return ScriptFile(
        source: SourceText(name: path.string, text: try read(path)), origin: .collection(candidate))
    }
    return Stdlib.script(named: name).map { ScriptFile(source: $0, origin: .stdlib) }
  }

  private static func isWritableByAll(_ path: FilePath) -> Bool {
    var info = stat()
    return stat(path.string, &info) == 0 && info.st_mode & S_IWOTH != 0
  }

  // MARK: Listing

  /// A script that can be named.
  package struct Entry: Sendable, Equatable {
    package let name: String
    package let source: SourceText
    /// `stdlib`, or the folder.
    package let folder: String
  }

  /// All scripts that can be found by name, each once, by name; and what is wrong with folders.
  package func entries() -> (scripts: [Entry], problems: [Diagnostic]) {
    var scripts: [String: Entry] = [:]
    var problems: [Diagnostic] = []
    for folder in folders where access(folder.string, F_OK) == 0 {
      if Self.isWritableByAll(folder) {
        problems.append(
          Diagnostic(
            .warning, "\(folder) may be written by everybody: nothing is taken from there",
            hints: ["chmod o-w \(folder)"]))
        continue
      }
      for name in Self.names(in: folder, prefix: "", depth: 0) where scripts[name] == nil {
        do throws(Diagnostic) {
          let text = try read(folder.appending(name + ".ncs"))
          scripts[name] = Entry(
            name: name,
            source: SourceText(name: folder.appending(name + ".ncs").string, text: text),
            folder: folder.string)
        } catch {
          problems.append(error)
        }
      }
    }
    for name in Stdlib.names where scripts[name] == nil {
      if let source = Stdlib.script(named: name) {
        scripts[name] = Entry(name: name, source: source, folder: "stdlib")
      }
    }
    return (scripts.values.sorted { $0.name < $1.name }, problems)
  }

  /// Folders are looked into so deep.
  private static let depthLimit = 4

  private static func names(in folder: FilePath, prefix: String, depth: Int) -> [String] {
    guard depth < depthLimit else { return [] }
    var names: [String] = []
    for entry in Folder.entries(of: folder) where !entry.name.hasPrefix(".") {
      if entry.isFolder {
        names += Self.names(
          in: folder.appending(entry.name), prefix: prefix + entry.name + "/", depth: depth + 1)
      } else if entry.name.hasSuffix(".ncs") {
        names.append(prefix + entry.name.dropLast(4))
      }
    }
    return names
  }

  // MARK: Reading

  /// The longest script that is read.
  private static let sizeLimit = 4 << 20

  private func read(
    _ path: FilePath, what: String = "script"
  ) throws(Diagnostic) -> String {
    let descriptor: FileDescriptor
    do {
      descriptor = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    } catch let error as Errno {
      throw Diagnostic(.error, "cannot read \(path): \(error)")
    } catch {
      throw Diagnostic(.error, "cannot read \(path)")
    }
    defer { do { try descriptor.close() } catch {} }
    return try text(of: descriptor, path.string, what: what)
  }

  private func text(
    of descriptor: FileDescriptor, _ name: String, what: String = "script"
  ) throws(Diagnostic) -> String {
    var bytes: [UInt8] = []
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 1)
    defer { chunk.deallocate() }
    do {
      while case let count = try descriptor.read(into: chunk), count > 0 {
        bytes.append(contentsOf: chunk[..<count])
        if bytes.count > Self.sizeLimit { break }
      }
    } catch let error as Errno {
      throw Diagnostic(.error, "cannot read \(name): \(error)")
    } catch {
      throw Diagnostic(.error, "cannot read \(name)")
    }
    guard bytes.count <= Self.sizeLimit else {
      throw Diagnostic(.error, "\(name) is no \(what): it has more than 4 MiB")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Diagnostic(.error, "\(name) is no \(what): it is not UTF-8 text")
    }
    return text
  }
}
