internal import Syntax

/// Where a body stands: which half, and what it can see.
enum BodyPlace {
  /// `const`, options, arguments of declarations.
  case constant
  /// A function's body; in the kernel half or in netcap.
  case function(isKernel: Bool)
  /// A probe's body in the kernel, at points of one signature.
  case probe(ProbeContext)
  /// `on name`: what the event has.
  case event(EventContext)
  /// `every`, `begin`, `end`.
  case plain
}

/// What a probe's body sees of its points.
struct ProbeContext {
  /// Nil where no kernel is known, or it lacks the point.
  var signature: KernelSignature?
  var kind: ScriptPoint.Kind
  /// As output names the point.
  var pointName: String
  var hasPacket: Bool
  /// A socket among the arguments.
  var hasSockArgument: Bool
  /// Names of arguments that some other point of the set has.
  var otherArguments: Set<String>
  /// Several points: what one lacks is absent there.
  var isSet: Bool
  /// `(start: data)`
  var hasGivenStart = false
}

/// What `on` sees.
struct EventContext {
  var fields: [EventField]
  /// Fields of which nothing is known but that they are wrong.
  var failedFields: Set<String>
  /// The event is a path's journey.
  var isPath: Bool
  /// As the script calls the probe or path.
  var name: String
  var hasPacket: Bool
}

/// What a name in a body stands for.
enum LocalBinding {
  /// Index into the locals, and the structure that it points to.
  case local(Int, isVariable: Bool, structure: String?)
  case entity(Entity)
  /// Its value has been diagnosed.
  case unknown
}

/// The locals and what has been seen of a body on the way through it.
struct BodyState {
  var place: BodyPlace
  var locals: [Body.Local] = []
  var scopes: [[String: LocalBinding]] = [[:]]
  /// What `emit` statements send.
  var fields: [EventField] = []
  var fieldSpans: [String: Span] = [:]
  /// Fields of which nothing is known here: another point of the set may have them.
  var wildFields: Set<String> = []
  /// What `emit` statements were to send, and is wrong.
  var failedFields: Set<String> = []
  var emits = false
  var updatesStores = false
  var captureLength: Int?
  /// Something was looked up in the signature: other points need a check of their own.
  var usesSignature = false
  var usesPacket = false
  var usesSock = false
  /// A function's `return`.
  var result: (type: ValueType, span: Span)?
  /// There is a `return`, right or wrong.
  var returns = false
  var rowTable: Int?
  var isInHopLoop = false

  init(place: BodyPlace) {
    self.place = place
  }

  var isKernel: Bool {
    switch place {
    case .probe, .function(isKernel: true): true
    case .constant, .function(isKernel: false), .event, .plain: false
    }
  }

  /// Within `if` or `for`.
  var isNested: Bool { scopes.count > 1 }

  var isFunction: Bool {
    if case .function = place { true } else { false }
  }

  func binding(of name: String) -> LocalBinding? {
    for scope in scopes.reversed() {
      if let found = scope[name] { return found }
    }
    return nil
  }

  var visibleNames: [String] { scopes.flatMap(\.keys) }

  mutating func addLocal(_ name: String, _ type: ValueType) -> Int {
    locals.append(Body.Local(name: name, type: type))
    return locals.count - 1
  }
}
