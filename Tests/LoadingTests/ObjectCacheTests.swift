import Testing

@testable import Kernel

@Suite struct ObjectCacheTests {
  static let object: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 0, 1, 2, 3]

  @Test func whatWasStoredIsFound() {
    let bytes = ObjectCache.encode(Self.object, key: "key")
    #expect(ObjectCache.decode(bytes, key: "key") == Self.object)
  }

  @Test func anotherKeyIsAMiss() {
    let bytes = ObjectCache.encode(Self.object, key: "key")
    #expect(ObjectCache.decode(bytes, key: "kez") == nil)
    #expect(ObjectCache.decode(bytes, key: "key2") == nil)
    #expect(ObjectCache.decode(bytes, key: "") == nil)
  }

  @Test func everyCutAndEveryChangedByteIsAMiss() {
    let bytes = ObjectCache.encode(Self.object, key: "key")
    for length in 0..<bytes.count {
      #expect(ObjectCache.decode(Array(bytes[..<length]), key: "key") == nil)
    }
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 0x40
      #expect(ObjectCache.decode(changed, key: "key") == nil)
    }
  }
}
