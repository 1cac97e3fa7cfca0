import CLibbpf
import Foundation

/// How many of netcap's programs the kernel has; those that nothing holds any more go with a delay.
func loadedPrograms() -> Int {
  var number: UInt32 = 0
  var count = 0
  while bpf_prog_get_next_id(number, &number) == 0 {
    let descriptor = bpf_prog_get_fd_by_id(number)
    if descriptor < 0 { continue }
    defer { close(descriptor) }
    var information = bpf_prog_info()
    var size = UInt32(MemoryLayout<bpf_prog_info>.size)
    guard bpf_obj_get_info_by_fd(descriptor, &information, &size) == 0 else { continue }
    let name = withUnsafeBytes(of: &information.name) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name == "nc_probe" { count += 1 }
  }
  return count
}

/// The processes that a process has started.
func children(of process: Int32) throws -> [Int32] {
  let path = "/proc/\(process)/task/\(process)/children"
  return try String(contentsOfFile: path, encoding: .utf8).split(separator: " ").compactMap {
    Int32($0)
  }
}
