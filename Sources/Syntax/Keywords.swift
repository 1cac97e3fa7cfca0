/// Words that begin something. They are keywords only there: anywhere else they are names.
package enum Keywords {
  /// What a declaration begins with.
  package static let declarations = [
    "option", "import", "const", "func", "filter", "table", "state", "probe", "path", "on", "every",
    "begin", "end", "c",
  ]

  /// What a statement begins with.
  package static let statements = [
    "let", "var", "if", "for", "delete", "return", "filter", "where", "capture", "rebuild", "emit",
    "print", "show", "save", "clear", "exit", "run",
  ]

  /// What stands before the colons of a point.
  package static let pointPrefixes = [
    "kprobe", "return", "fentry", "fexit", "tracepoint", "tp", "rawtp", "uprobe", "usdt",
  ]

  /// Words of other languages, and what to write instead.
  static func substitute(for word: String) -> String? {
    switch word {
    case "function", "def", "fn", "fun", "sub": "a function begins with func: func f(x) = x + 1"
    case "while", "loop", "do", "foreach", "unroll": "a loop has its bounds: for i in 0..<8 { … }"
    case "elif", "elsif", "elseif": "write } else if … {"
    case "printf", "println", "echo", "puts": "write print \"{x} {y:x}\""
    case "interval", "profile": "write every 5s { … }"
    case "map", "hash": "write table name[key]: count, or state name[key]"
    case "kprobe", "kretprobe", "fentry", "fexit", "tracepoint", "uprobe", "uretprobe", "usdt":
      "a probe begins with probe: probe kprobe:icmp_rcv { … }"
    case "unlink", "remove", "del": "write delete s[key]"
    case "unless": "write if !(…) { … }"
    default: nil
    }
  }

  /// What a word that begins nothing was perhaps meant to be.
  static func hints(for word: String, among words: [String]) -> [String] {
    if let substitute = substitute(for: word) { return [substitute] }
    // A single letter is near to any other.
    let near = nearestNames(to: word, among: words.filter { $0.count > 1 })
    return near.isEmpty ? [] : ["did you mean \(near.joined(separator: ", "))?"]
  }
}
