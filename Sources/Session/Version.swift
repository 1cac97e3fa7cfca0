/// Which netcap this is.
package enum Version {
  package static let number = "0.1.0"
  /// As capture files name the program that wrote them.
  package static let application = "netcap \(number)"
}
