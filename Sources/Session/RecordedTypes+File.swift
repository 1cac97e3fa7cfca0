internal import Glibc
internal import Language
internal import Packets
internal import SystemPackage

extension RecordedTypes {
  /// Nil: the file has none, cannot be read, or is a pipe, which could not be read again.
  init?(of file: FilePath) {
    var info = stat()
    guard stat(file.string, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
    let comments: [String]
    do throws(CaptureError) {
      var reader = try CaptureReader(file)
      _ = try reader.advance()
      comments = reader.comments
    } catch {
      // It is said when the file is replayed.
      return nil
    }
    self.init(comments)
  }
}
