internal import Syntax

/// `on`, `every`, `begin`, `end`: what runs in netcap.
extension Check {
  func checkHandlers() {
    module = 0
    for declaration in modules[0].tree.declarations {
      switch declaration.kind {
      case .on(let name, let block): checkOn(name, block)
      case .every(let interval, let block):
        let time = duration(of: interval, what: "how often it runs")
        handle(time.map { .every($0) }, block)
      case .begin(let block): handle(.begin, block)
      case .end(let block): handle(.end, block)
      case .statement(let statement):
        guard !isPrompt else { continue }
        report(
          "a statement stands in a block", at: statement.span,
          hints: ["begin { … } runs it once, at the start"])
      case .option, .importing, .constant, .function, .filter, .table, .state, .probe, .path, .c:
        continue
      }
    }
    body = BodyState(place: .constant)
  }

  private func handle(_ trigger: Handler.Trigger?, _ block: Block) {
    body = BodyState(place: .plain)
    let statements = self.block(block, opensScope: false)
    guard let trigger else { return }
    script.handlers.append(
      Handler(trigger: trigger, body: Body(locals: body.locals, statements: statements)))
  }

  private func checkOn(_ name: Name, _ block: Block) {
    if let path = pathIndexes[name.text] {
      let probes = pathProbes[name.text] ?? []
      let fields = probes.first.map { script.probes[$0].fields } ?? []
      handle(
        .path(path),
        EventContext(
          fields: fields, failedFields: failedFields[name.text] ?? [], isPath: true,
          name: name.text, hasPacket: true), block)
      return
    }
    guard let indexes = probeIndexes[name.text] else {
      let names = Array(probeIndexes.keys) + Array(pathIndexes.keys)
      report(
        "there is no probe or path '\(name.text)'", at: name.span,
        hints: suggestion(for: name.text, among: names).orElse(
          names.isEmpty
            ? "declare one: probe \(name.text) { … }"
            : "there is \(names.sorted().joined(separator: ", "))"))
      return
    }
    for index in indexes {
      let probe = script.probes[index]
      let hasPacket = probe.points.isEmpty || probe.points.contains { $0.packet != .none }
      handle(
        .probe(index),
        EventContext(
          fields: probe.fields, failedFields: failedFields[name.text] ?? [], isPath: false,
          name: name.text, hasPacket: hasPacket), block)
    }
  }

  private func handle(_ trigger: Handler.Trigger, _ context: EventContext, _ block: Block) {
    body = BodyState(place: .event(context))
    let statements = self.block(block, opensScope: false)
    script.handlers.append(
      Handler(trigger: trigger, body: Body(locals: body.locals, statements: statements)))
  }
}
