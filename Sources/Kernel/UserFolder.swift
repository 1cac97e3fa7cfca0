package import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Folders of netcap's (XDG Base Directory Specification).
///
/// They belong to the effective user and to nobody else: under sudo that is root's, whatever `HOME`
/// says.
package enum UserFolder {
  /// What can be made again: compiled objects, addresses looked up since boot.
  /// `$XDG_CACHE_HOME/netcap` or `~/.cache/netcap`.
  case cache
  /// What is worth keeping, but belongs to this machine: the prompt's history.
  /// `$XDG_STATE_HOME/netcap` or `~/.local/state/netcap`.
  case state

  /// The folder with mode 0700, made if it is missing.
  ///
  /// - Parameter name: a folder in it, made likewise.
  /// - Throws: what mkdir(2) says; EPERM where the folder is another user's.
  package func path(_ name: String? = nil) throws(Errno) -> FilePath {
    var folder = try base()
    for component in ["netcap", name].compactMap(\.self) {
      folder.append(component)
      try UserFolder.make(folder)
    }
    return folder
  }

  private var variable: String { self == .cache ? "XDG_CACHE_HOME" : "XDG_STATE_HOME" }
  private var inHome: [String] { self == .cache ? [".cache"] : [".local", "state"] }

  private func base() throws(Errno) -> FilePath {
    for variable in [variable, "HOME"] {
      guard let value = getenv(variable).map({ String(cString: $0) }), value.hasPrefix("/") else {
        continue
      }
      var info = stat()
      guard stat(value, &info) == 0, info.st_uid == geteuid() else { continue }
      return try variable == "HOME" ? made(FilePath(value)) : FilePath(value)
    }
    guard let home = getpwuid(geteuid())?.pointee.pw_dir else { throw Errno.noSuchFileOrDirectory }
    return try made(FilePath(String(cString: home)))
  }

  private func made(_ home: FilePath) throws(Errno) -> FilePath {
    var folder = home
    for component in inHome {
      folder.append(component)
      try UserFolder.make(folder)
    }
    return folder
  }

  private static func make(_ folder: FilePath) throws(Errno) {
    if mkdir(folder.string, 0o700) != 0, errno != EEXIST { throw Errno(rawValue: errno) }
    var info = stat()
    if stat(folder.string, &info) != 0 { throw Errno(rawValue: errno) }
    if info.st_uid != geteuid() { throw Errno.notPermitted }
  }
}
