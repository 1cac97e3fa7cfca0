internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Compiled objects, found again by what they were compiled from.
///
/// An entry holds its whole key, which is compared, and a checksum of the object: a collision of the
/// file's name, a file cut short or a changed byte is a miss. Entries are written beside and
/// renamed, so concurrent runs see a whole entry or none. A cache that cannot be used is no error:
/// what it would have held is compiled again.
struct ObjectCache {
  private let folder: FilePath
  private static let magic = Array("netcap object 1\n".utf8)
  private static let headerSize = 16 + 3 * 8

  static func open() -> ObjectCache? {
    do {
      return ObjectCache(folder: try UserFolder.cache.path("objects"))
    } catch {
      return nil
    }
  }

  func object(for key: String) -> [UInt8]? {
    do {
      let bytes = try readFile(path(for: key))
      return Self.decode(bytes, key: key)
    } catch {
      return nil
    }
  }

  func store(_ object: [UInt8], for key: String) {
    let final = path(for: key)
    let beside = FilePath("\(final).\(getpid())")
    do {
      try writeFile(beside, Self.encode(object, key: key))
      if rename(beside.string, final.string) != 0 { unlink(beside.string) }
    } catch {
      unlink(beside.string)
    }
  }

  private func path(for key: String) -> FilePath {
    folder.appending(String(fnv1a(key.utf8), radix: 16))
  }

  static func encode(_ object: [UInt8], key: String) -> [UInt8] {
    var bytes = magic
    for number in [UInt64(key.utf8.count), UInt64(object.count), fnv1a(object)] {
      withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
    bytes.append(contentsOf: key.utf8)
    bytes.append(contentsOf: object)
    return bytes
  }

  static func decode(_ bytes: [UInt8], key: String) -> [UInt8]? {
    guard bytes.count >= headerSize, bytes.starts(with: magic) else { return nil }
    let numbers = bytes.withUnsafeBytes { raw in
      (0..<3).map {
        UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 16 + 8 * $0, as: UInt64.self))
      }
    }
    let keyCount = key.utf8.count
    guard numbers[0] == keyCount, numbers[1] == bytes.count - headerSize - keyCount,
      bytes[headerSize...].starts(with: key.utf8)
    else { return nil }
    let object = Array(bytes[(headerSize + keyCount)...])
    return fnv1a(object) == numbers[2] ? object : nil
  }
}

/// The 64-bit FNV-1a hash.
private func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
  bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}
