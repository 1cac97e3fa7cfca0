package import Language

/// A sink that puts packets into files.
package protocol PacketFile: Sink {
  /// - Parameters:
  ///   - isPlaced: false: nothing is known of where the packet was seen.
  ///   - values: what its comment is to say beside, with a blank before it; pcap has no comments.
  func consume(_ event: Event, isPlaced: Bool, values: String) throws(OutputError)

  /// There are more points; those before keep their numbers.
  func extend(points: [PointLabel]) throws(OutputError)
}

/// Which of the packets a file gets, or how they are spread over several.
package enum Rotation: Sendable, Equatable {
  /// All into one file.
  case none
  /// The last so many, written at the end.
  case last(Int)
  case pieces(Pieces)

  /// A file ends with the packet by which it is as large as this, or before the one that comes so long
  /// after its first.
  package struct Pieces: Sendable, Equatable {
    package var bytes: UInt64?
    /// Nanoseconds, by the packets' clock.
    package var interval: UInt64?
    /// Files that are kept, the newest; nil: all.
    package var files: Int?

    package init(bytes: UInt64?, interval: UInt64?, files: Int?) {
      self.bytes = bytes
      self.interval = interval
      self.files = files
    }
  }
}
