internal import CLibedit
internal import Glibc
internal import SystemPackage

/// libedit's keys, line and history; what they look like on the screen is not its business.
final class Libedit {
  /// What libedit asks for, by a pointer to this object.
  private final class Owner {
    var next: () -> UInt32? = { nil }
    var pressed: (nc_key) -> nc_after_key = { _ in NC_LINE_ENDS }
  }

  private let edit: OpaquePointer
  private let owner: Owner

  /// - Parameters:
  ///   - terminal: looked at once, for its erase and kill characters.
  ///   - lines: how many can be recalled.
  /// - Throws: what `nc_edit_open()` says.
  init(terminal: FileDescriptor, lines: Int) throws(Errno) {
    owner = Owner()
    var keys = nc_keys()
    keys.owner = Unmanaged.passUnretained(owner).toOpaque()
    keys.next = { owner, character in
      let owner = Unmanaged<Owner>.fromOpaque(owner!).takeUnretainedValue()
      guard let value = owner.next() else { return false }
      character!.pointee = value
      return true
    }
    keys.pressed = { owner, key in
      Unmanaged<Owner>.fromOpaque(owner!).takeUnretainedValue().pressed(key)
    }
    guard let edit = nc_edit_open(terminal.rawValue, Int32(lines), &keys) else {
      throw Errno(rawValue: errno)
    }
    self.edit = edit
  }

  deinit { nc_edit_close(edit) }

  /// Edits an empty line until a key ends it.
  ///
  /// - Parameters:
  ///   - next: the next character that was typed; nil: there will be none.
  ///   - pressed: what a key of ours does.
  /// - Returns: whether a key of libedit's own ended the line, and it is not empty.
  func run(
    next: @escaping () -> UInt32?, pressed: @escaping (nc_key) -> nc_after_key
  ) -> Bool {
    owner.next = next
    owner.pressed = pressed
    defer {
      owner.next = { nil }
      owner.pressed = { _ in NC_LINE_ENDS }
    }
    return nc_edit_run(edit)
  }

  /// The characters of the line, and how many of them are before the cursor.
  ///
  /// During a search they go on with a newline and what is searched for.
  var line: (characters: [Unicode.Scalar], cursor: Int) {
    var length = 0
    var cursor = 0
    let characters = UnsafeBufferPointer(start: nc_edit_line(edit, &length, &cursor), count: length)
    return (characters.map { Unicode.Scalar($0) ?? "\u{fffd}" }, cursor)
  }

  /// Whether a search is on.
  var isSearching: Bool {
    var length = 0
    var cursor = 0
    let characters = UnsafeBufferPointer(start: nc_edit_line(edit, &length, &cursor), count: length)
    return characters.contains(10)
  }

  /// Inserts characters at the cursor, which moves behind them.
  func insert(_ characters: some Sequence<Unicode.Scalar>) {
    nc_edit_insert(edit, characters.map(\.value) + [0])
  }

  /// Removes characters before the cursor.
  func remove(_ count: Int) {
    nc_edit_remove(edit, Int32(count))
  }

  /// Makes a line the newest that can be recalled.
  func remember(_ line: String) {
    nc_edit_remember(edit, line.unicodeScalars.map(\.value) + [0])
  }
}
