import ArgumentParser
import Session

/// How the files of `-w` follow one another.
struct RotationOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With -w: only the last so many packets, written at the end; 0: all.", valueName: "packets"))
  var writeFileRotate: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With -w: go on in another file (f.1.pcap, f.2.pcap, …) when one is as large: 64k, 100M.",
      valueName: "size"))
  var rotateSize: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With -w: go on in another file so long after one's first packet: 60s, 1h.",
      valueName: "time"))
  var rotateTime: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Of the files of --rotate-size and --rotate-time, keep the newest so many.",
      valueName: "files"))
  var rotateFiles: Int?

  var request: RotationRequest {
    RotationRequest(
      packets: writeFileRotate, size: rotateSize, time: rotateTime, files: rotateFiles)
  }
}
