internal import Language
internal import Packets

/// Code that makes texts, and code that prints.
extension Compiler {
  func text(_ expression: TypedExpression) -> TextCode {
    let code = plainText(expression)
    guard isKernelHalf else { return code }
    // What the kernel half keeps of a text.
    return { machine in
      guard var text = code(machine) else { return nil }
      if text.bytes.count > ValueType.textLimit {
        text.bytes.removeLast(text.bytes.count - ValueType.textLimit)
      }
      return text
    }
  }

  private func plainText(_ expression: TypedExpression) -> TextCode {
    switch expression.kind {
    case .text(let value):
      let text = Text(value, isSafe: true)
      return { _ in text }
    case .option(let index):
      guard case .text(let value)? = script.options[index].value else { return { _ in nil } }
      let text = Text(value)
      return { _ in text }
    case .local(let index):
      let place = locals[index].offset
      return { machine in machine.pointee.texts[place] }
    case .colour(let colour):
      let text = Text(printer.code(of: colour), isSafe: true)
      return { _ in text }
    case .context(.function): return { machine in machine.pointee.context.function }
    case .context(.comm): return { machine in machine.pointee.context.command.map { Text($0) } }
    case .context(.interfaceName):
      return { machine in machine.pointee.context.interfaceName.map { Text($0) } }
    case .payloadText(let layer, let depth): return payloadText(layer, depth)
    case .interpolation(let pieces):
      let print = line(pieces)
      return { machine in
        // The text is put together in a line of its own.
        let outer = machine.pointee.line
        machine.pointee.line = Line()
        print(machine)
        let text = Text(machine.pointee.line.bytes, isSafe: true)
        machine.pointee.line = outer
        return text
      }
    case .coalesce(let a, let b):
      let (a, b) = (text(a), text(b))
      return { machine in a(machine) ?? b(machine) }
    case .call(let index, let arguments): return call(index, arguments).text
    case .kernel(let read):
      let name = read.recordedName
      if read.isMissing { return { _ in nil } }
      return { machine in machine.pointee.recorded[name].map { Text(RecordedValue.text($0)) } }
    case .hops:
      let printer = printer
      return { machine in
        machine.pointee.journey.map { Text(printer.hops(of: $0), isSafe: true) }
      }
    case .hop(.name):
      return { machine in
        machine.pointee.journey.map { Text($0.definition.hopNames[machine.pointee.hop]) }
      }
    default:
      guard let code = placed(expression) else { return { _ in nil } }
      let count = ValueType.text.wordCount
      let scratch = reserve(count)
      return { machine in
        let place = machine.pointee.words + scratch
        return code(machine, place) ? Text(words: place, count: count) : nil
      }
    }
  }

  // MARK: Printing

  /// Code that appends the pieces of an interpolated text to the line.
  func line(_ pieces: [TextPiece]) -> (Machine) -> Void {
    let parts = pieces.map { piece -> (Machine) -> Void in
      switch piece {
      case .text(let text):
        let bytes = Array(text.utf8)
        return { machine in machine.pointee.line.bytes += bytes }
      case .value(let value, let format): return printed(value, format)
      }
    }
    return { machine in
      for part in parts { part(machine) }
    }
  }

  /// Code that appends a value to the line.
  func printed(_ value: TypedExpression, _ format: ValueFormat) -> (Machine) -> Void {
    let printer = printer
    switch value.kind {
    case .interpolation(let pieces) where format == ValueFormat(): return line(pieces)
    case .packetSummary: return { machine in machine.pointee.line.appendSummary() }
    default: break
    }
    switch value.type {
    case .text:
      let code = text(value)
      return { machine in
        let text = code(machine)
        printer.append(text, format, to: &machine.pointee.line.bytes)
      }
    case .record(let members):
      let code = words(value)
      let scratch = reserve(value.type.localWordCount)
      return { machine in
        let place = machine.pointee.words + scratch
        let isPresent = code(machine, place)
        printer.append(
          record: isPresent ? place : nil, members, format, to: &machine.pointee.line.bytes)
      }
    case let type:
      let code = words(value)
      let scratch = reserve(type.localWordCount)
      return { machine in
        let place = machine.pointee.words + scratch
        let isPresent = code(machine, place)
        printer.append(isPresent ? place : nil, type, format, to: &machine.pointee.line.bytes)
      }
    }
  }

  /// `print a, b`: values with a space between, and the end of the line. A table has lines of its own,
  /// whatever comes before and behind it.
  func print(_ values: [TypedExpression]) -> StatementCode {
    let output = output
    var parts: [(Machine) -> Void] = []
    let endLine = { (machine: Machine) in
      machine.pointee.line.bytes.append(0x0A)
      output.print(machine.pointee.line, of: machine.shown)
      machine.pointee.line.begin()
    }
    var isInLine = false
    for value in values {
      if case .table(let query) = value.kind {
        if isInLine { parts.append(endLine) }
        parts.append(printed(query))
        isInLine = false
      } else {
        if isInLine { parts.append { machine in machine.pointee.line.bytes.append(0x20) } }
        parts.append(printed(value, ValueFormat()))
        isInLine = true
      }
    }
    if isInLine || values.isEmpty { parts.append(endLine) }
    return { machine in
      machine.pointee.line.begin()
      for part in parts { part(machine) }
      return .next
    }
  }

  private func printed(_ query: TableQuery) -> (Machine) -> Void {
    let rows = rows(query)
    let (output, printer) = (output, printer)
    let definition = script.tables[query.table]
    return { machine in
      output.print(PrintedTable(definition, rows: rows(machine), printer: printer))
    }
  }
}

extension UnsafeMutablePointer<MachineState> {
  /// The packet at hand, as output is told of it.
  var shown: ShownPacket? {
    pointee.event.map { ShownPacket(event: $0, fields: [], isPlaced: pointee.isPlaced) }
  }
}
