internal import Packets
package import Syntax

/// Finds the script's names and types: from what was written to a ``Script``.
///
/// Pure: what it needs of the world (the kernel's types, imported scripts, values of options) it is
/// given. Any tree can be checked, also one of a text that could not be parsed whole.
package struct Checker {
  /// How an imported script is come by: its path as written, and the script that imports it.
  package typealias Importer = (_ path: String, _ from: SourceText) -> Result<
    ScriptTree, Diagnostic
  >

  /// How a file of C is come by: its path as written, and the script that names it.
  package typealias FileReader = (_ path: String, _ from: SourceText) -> Result<
    SourceText, Diagnostic
  >

  /// What is found out.
  package struct Outcome {
    /// Nil if there is an error among the diagnostics.
    package var script: Script?
    package var diagnostics: [Diagnostic]
    /// What the script touches; also of a script with errors, as far as they let it be known.
    package var explanation: Explanation
  }

  /// Bytes kept of a packet where no `capture` says otherwise.
  package static let standardCaptureLength = 256

  private let tree: ScriptTree
  private let types: any KernelTypes
  private let options: [String: String]
  private let importer: Importer
  private let files: FileReader
  private let isPrompt: Bool

  /// - Parameters:
  ///   - options: values of the script's options, as the command line gives them.
  ///   - isPrompt: nothing is said of a missing version, and names may be replaced.
  package init(
    tree: ScriptTree, types: any KernelTypes, options: [String: String] = [:],
    isPrompt: Bool = false, importer: @escaping Importer = Checker.noImports,
    files: @escaping FileReader = Checker.noFiles
  ) {
    self.tree = tree
    self.types = types
    self.options = options
    self.isPrompt = isPrompt
    self.importer = importer
    self.files = files
  }

  package static func noFiles(
    _ path: String, _ from: SourceText
  ) -> Result<SourceText, Diagnostic> {
    .failure(Diagnostic(.error, "there is no file '\(path)'"))
  }

  package static func noImports(
    _ path: String, _ from: SourceText
  ) -> Result<ScriptTree, Diagnostic> {
    .failure(Diagnostic(.error, "there is no script '\(path)'"))
  }

  package func check() -> Outcome {
    let check = Check(tree: tree, types: types, options: options, importer: importer)
    check.isPrompt = isPrompt
    check.loadC(files)
    return check.run()
  }
}

/// One run of the checker: its state, which the extensions in this folder work on.
///
/// Types of tables and states come from what is assigned to them, anywhere in the script. So the
/// whole script is checked several times: until nothing more is learned, and then once for the
/// diagnostics.
final class Check {
  let types: any KernelTypes
  let givenOptions: [String: String]
  let importer: Checker.Importer
  var isPrompt = false

  /// Read once, whatever the number of passes.
  var cDeclarations: [CDeclaration] = []
  var script: Script
  var diagnostics: [Diagnostic] = []
  /// The first is the script itself.
  var modules: [Module] = []
  /// The module whose text is being checked.
  var module = 0
  /// Names that are asked of no kernel.
  var unchecked: [String] = []

  /// Values of which nothing is known.
  var wildReads: Set<KernelRead> = []

  /// What earlier passes have learned of tables and states.
  var learned = Learned()
  /// What this pass sees.
  var seen = Learned()
  var isLastPass = false

  var constants: [String: Lookup<TypedExpression>] = [:]
  var instances: [String: Lookup<Int>] = [:]
  var filterIndexes: [String: Lookup<Int>] = [:]
  /// Points that were found, by where they are written: the same in every pass.
  var foundPoints: [PointKey: [FoundPoint]] = [:]

  struct PointKey: Hashable {
    let module: Int
    let span: Span
  }

  /// Compiled once, whatever the number of passes.
  var compiledFilters: [String: Result<PacketFilter, Diagnostic>] = [:]
  var enumerationIndexes: [Enumeration: Int] = [:]
  /// By name of what `on` may name.
  var probeIndexes: [String: [Int]] = [:]
  var pathIndexes: [String: Int] = [:]
  /// Probes of the first hop of each path.
  var pathProbes: [String: [Int]] = [:]
  /// By probe or path, what its `emit` was to send and is wrong.
  var failedFields: [String: Set<String>] = [:]
  var explanation = Explanation()
  /// The body that is being checked.
  var body = BodyState(place: .constant)

  /// Something that is looked up when it is first asked for.
  enum Lookup<Value> {
    case underway
    case found(Value)
    case failed
  }

  init(
    tree: ScriptTree, types: any KernelTypes, options: [String: String],
    importer: @escaping Checker.Importer
  ) {
    self.types = types
    self.givenOptions = options
    self.importer = importer
    script = Script(source: tree.source)
    modules = [Module(tree: tree, path: "")]
  }

  var source: SourceText { modules[module].tree.source }

  func run() -> Checker.Outcome {
    checkVersion()
    loadImports(of: 0, chain: [])
    collectNames()
    let early = diagnostics
    for _ in 0..<8 {
      pass()
      let before = learned
      learned = seen.filled(from: learned)
      if learned == before { break }
    }
    isLastPass = true
    diagnostics = early
    pass()
    sortDiagnostics()
    let isSound = !diagnostics.contains { $0.severity == .error }
    explanation.unchecked = unchecked
    return Checker.Outcome(
      script: isSound ? script : nil, diagnostics: diagnostics, explanation: explanation)
  }

  private func pass() {
    script = Script(source: modules[0].tree.source)
    script.cDeclarations = cDeclarations
    seen = Learned()
    unchecked = []
    constants = [:]
    instances = [:]
    filterIndexes = [:]
    enumerationIndexes = [:]
    probeIndexes = [:]
    pathIndexes = [:]
    pathProbes = [:]
    failedFields = [:]
    explanation = Explanation()
    module = 0
    body = BodyState(place: .constant)
    checkOptions()
    declareStores()
    checkConstantsAndFilters()
    checkProbes()
    checkHandlers()
    checkUncalledFunctions()
    finishStores()
  }

  // MARK: Diagnostics

  func report(_ message: String, at span: Span, hints: [String] = []) {
    report(.error, message, at: span, hints: hints)
  }

  func report(
    _ severity: Diagnostic.Severity, _ message: String, at span: Span, hints: [String] = []
  ) {
    let place = Diagnostic.Place(source, span)
    report(Diagnostic(severity, message, at: place, hints: hints))
  }

  /// The same is said once, however often a body is checked.
  func report(_ diagnostic: Diagnostic) {
    if diagnostics.contains(where: {
      $0.place == diagnostic.place && $0.message == diagnostic.message
    }) {
      return
    }
    diagnostics.append(diagnostic)
  }

  /// In the order of the script; what has no place in it first.
  private func sortDiagnostics() {
    func rank(_ diagnostic: Diagnostic) -> (Int, Int) {
      guard let place = diagnostic.place else { return (-1, 0) }
      let index = modules.firstIndex { $0.tree.source == place.source }
      return (index ?? -1, place.span.start)
    }
    let ranked = diagnostics.enumerated().map { (rank($1), $0, $1) }
    diagnostics = ranked.sorted {
      ($0.0.0, $0.0.1, $0.1) < ($1.0.0, $1.0.1, $1.1)
    }.map(\.2)
  }

  /// The text of the script at a span.
  func written(_ span: Span) -> String {
    let bytes = source.text.utf8
    let start = bytes.index(bytes.startIndex, offsetBy: min(span.start, bytes.count))
    let end = bytes.index(bytes.startIndex, offsetBy: min(max(span.start, span.end), bytes.count))
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// "did you mean a, b?", or what there is, or nothing.
  func suggestion(for name: String, among names: some Sequence<String>) -> [String] {
    let near = nearestNames(to: name, among: Set(names))
    return near.isEmpty ? [] : ["did you mean \(near.joined(separator: ", "))?"]
  }

  /// "line 12 has the first one", for errors about two places.
  func lineNumber(of span: Span) -> Int {
    source.text.utf8.prefix(span.start).count { $0 == UInt8(ascii: "\n") } + 1
  }

  /// Works on another module's text, and comes back.
  func inModule<Value>(_ index: Int, _ work: () -> Value) -> Value {
    let before = module
    module = index
    defer { module = before }
    return work()
  }

  private func checkVersion() {
    guard !isPrompt else { return }
    if modules[0].tree.version == nil {
      report(
        .warning, "the script does not say which language it is in", at: Span(0..<0),
        hints: ["begin it with a line: ncs \(Parser.newestVersion)"])
    }
  }
}
