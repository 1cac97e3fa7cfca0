package import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The folder for what can be made again: compiled objects, addresses looked up since boot.
///
/// It belongs to the effective user and to nobody else: under sudo that is root's, whatever `HOME`
/// says.
package enum CacheFolder {
  /// `$XDG_CACHE_HOME/netcap` or `~/.cache/netcap`, with mode 0700, made if it is missing.
  ///
  /// - Parameter name: a folder in it, made likewise.
  /// - Throws: what mkdir(2) says; EPERM where the folder is another user's.
  package static func path(_ name: String) throws(Errno) -> FilePath {
    var folder = try base()
    for component in ["netcap", name] {
      folder.append(component)
      try make(folder)
    }
    return folder
  }

  private static func base() throws(Errno) -> FilePath {
    for variable in ["XDG_CACHE_HOME", "HOME"] {
      guard let value = getenv(variable).map({ String(cString: $0) }), value.hasPrefix("/") else {
        continue
      }
      var info = stat()
      guard stat(value, &info) == 0, info.st_uid == geteuid() else { continue }
      return try variable == "HOME" ? made(FilePath(value).appending(".cache")) : FilePath(value)
    }
    guard let home = getpwuid(geteuid())?.pointee.pw_dir else { throw Errno.noSuchFileOrDirectory }
    return try made(FilePath(String(cString: home)).appending(".cache"))
  }

  private static func made(_ folder: FilePath) throws(Errno) -> FilePath {
    try make(folder)
    return folder
  }

  private static func make(_ folder: FilePath) throws(Errno) {
    if mkdir(folder.string, 0o700) != 0, errno != EEXIST { throw Errno(rawValue: errno) }
    var info = stat()
    if stat(folder.string, &info) != 0 { throw Errno(rawValue: errno) }
    if info.st_uid != geteuid() { throw Errno.notPermitted }
  }
}
