/// Names that can stand somewhere.
struct Found {
  var names: [String]
  /// Whether something follows a lone one at once, and no space.
  var goesOn: (String) -> Bool = { _ in false }

  static var nothing: Found { Found(names: []) }

  /// Words that something follows behind a space, or nothing.
  static func words(_ names: some Sequence<String>) -> Found { Found(names: Array(names)) }

  /// What is no whole word.
  static func parts(_ names: some Sequence<String>) -> Found {
    Found(names: Array(names)) { _ in true }
  }

  /// Those that begin so, sorted, each once.
  func completion(of word: String, at start: Int) -> Completion {
    let fitting = Set(names.filter { $0.hasPrefix(word) && !$0.isEmpty }).sorted()
    var suffix = ""
    if fitting.count == 1, let last = fitting[0].utf8.last {
      let isOpen = "(.:/=".utf8.contains(last)
      suffix = isOpen || goesOn(fitting[0]) ? "" : " "
    }
    return Completion(start: start, candidates: fitting, suffix: suffix)
  }
}
