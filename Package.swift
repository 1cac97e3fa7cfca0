// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A Swift target of this package, with the settings that all of them share.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A test target. Its `corpus` folder, if any, is found by the tests beside their own source file.
func tests(_ name: String, _ dependencies: [Target.Dependency], corpus: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: corpus, swiftSettings: strict)
}

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

let package = Package(
  name: "netcap",
  products: [.executable(name: "netcap", targets: ["netcap"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
  ],
  targets: [
    // C: declarations and shims for what Swift can't call.
    .target(name: "CLibbpf", linkerSettings: [.linkedLibrary("bpf")]),
    .target(name: "CLibpcap", linkerSettings: [.linkedLibrary("pcap")]),
    .target(name: "CLibedit", linkerSettings: [.linkedLibrary("edit")]),
    .target(name: "CProcess"),
    .target(name: "CPrograms"),
    .target(name: "CBpf"),
    .target(name: "CStdlib"),

    module("Syntax"),
    module("Processes", ["CProcess", system]),
    module("Packets", ["CLibpcap", "Syntax", system]),
    module("Language", ["Syntax", "Packets"]),
    module("Lowering", ["Language", "Packets", "Syntax"]),
    module("Runtime", ["Language", "Packets", "Syntax"]),
    module(
      "Kernel",
      [
        "Lowering", "Language", "Packets", "Syntax", "Processes", "CLibbpf", "CBpf", "CPrograms",
        system,
      ]),
    module("Library", ["Syntax", "CStdlib", system]),
    module("Output", ["Language", "Packets", "Runtime", "Syntax", "Processes", system]),
    module(
      "Session",
      [
        "Syntax", "Packets", "Language", "Library", "Lowering", "Runtime", "Kernel", "Output",
        system,
      ]),
    module(
      "Repl",
      [
        "Session", "Kernel", "Language", "Library", "Output", "Packets", "Runtime", "Syntax",
        "Processes", "CLibedit", system,
      ]),
    .executableTarget(
      name: "netcap",
      dependencies: [
        "Session", "Repl", "Kernel", "Output", "Syntax", system,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict,
      // Swift's own linker: quicker, and silent about what its static libraries do not use.
      linkerSettings: [.unsafeFlags(["-use-ld=lld"])]),

    // What tests share: cases in a folder beside them.
    .target(name: "Corpus", dependencies: [system], path: "Tests/Corpus", swiftSettings: strict),
    // Packets of real protocols, whole, changed and cut short.
    .target(
      name: "MadePackets", dependencies: ["Packets"], path: "Tests/MadePackets",
      swiftSettings: strict),
    // Typed scripts by hand: what the checker would make of a text.
    .target(
      name: "MadeScripts", dependencies: ["Language", "Lowering", "Packets", "Syntax"],
      path: "Tests/MadeScripts", swiftSettings: strict),
    // README.md and docs/ as tests see them: examples to run.
    .target(name: "Documents", path: "Tests/Documents", swiftSettings: strict),
    .target(name: "CNamespace", path: "Tests/CNamespace"),
    // The prompt's line editor alone: what tests type into.
    .executableTarget(
      name: "prompt-program", dependencies: ["Output", "Repl", "Syntax", system],
      path: "Tests/PromptProgram", swiftSettings: strict,
      linkerSettings: [.unsafeFlags(["-use-ld=lld"])]),

    tests(
      "LanguageTests",
      ["Corpus", "Documents", "Language", "MadeScripts", "Packets", "Syntax"],
      corpus: ["corpus"]),
    tests("SyntaxTests", ["Corpus", "Syntax"], corpus: ["corpus"]),
    tests("PacketsTests", ["Corpus", "Packets", "Syntax", system], corpus: ["corpus"]),
    tests(
      "LoweringTests", ["Corpus", "Lowering", "Language", "MadeScripts", "Packets", "Syntax"],
      corpus: ["corpus"]),
    tests(
      "RuntimeTests",
      ["Corpus", "Runtime", "Session", "Output", "Language", "Packets", "Syntax", system],
      corpus: ["corpus"]),
    tests(
      "FilterTests",
      [
        "Corpus", "Kernel", "MadePackets", "Processes", "Lowering", "Language", "Packets",
        "Session", "Syntax", system,
      ],
      corpus: ["corpus"]),
    tests(
      "ScriptRunTests",
      [
        "Kernel", "MadePackets", "MadeScripts", "Processes", "Lowering", "Language", "Packets",
        "Runtime", "Syntax", system,
      ]),
    tests(
      "AgreementTests",
      ["Kernel", "Language", "Lowering", "MadePackets", "Packets", "Runtime", "Syntax"]),
    tests(
      "UserCTests", ["Corpus", "Kernel", "Language", "Lowering", "Processes", "Syntax", system],
      corpus: ["corpus"]),
    tests("OutputTests", ["Output", "Runtime", "Language", "Packets", "Processes"]),
    tests("LoadingTests", ["Kernel", "Lowering", "Language", "Packets", "Syntax", system]),
    tests(
      "SessionTests",
      [
        "Documents", "Session", "Kernel", "Library", "Language", "Lowering", "MadePackets",
        "Output", "Packets", "Syntax", system,
      ]),
    tests("LibraryTests", ["Library", "Syntax", system]),
    tests(
      "ReplTests",
      [
        "Corpus", "Documents", "MadeScripts", "Repl", "Session", "Kernel", "Language", "Library",
        "Output", "Packets", "Runtime", "Processes", "Syntax", "prompt-program", system,
      ], corpus: ["corpus"]),
    tests("FactsTests", ["Kernel", "Language", "Syntax", "CLibbpf", system]),
    tests("ArchitectureTests", ["Documents"]),
    tests(
      "KernelTests",
      [
        "Corpus", "Documents", "Kernel", "Language", "Library", "Lowering", "MadeScripts",
        "Packets",
        "Processes", "Session", "Syntax", "CBpf", "CLibbpf", "CNamespace", system,
      ]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu17
)
