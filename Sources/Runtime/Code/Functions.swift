internal import Language

/// A call with its arguments, for whichever type the function returns.
struct CompiledCall {
  var integer: IntegerCode
  var address: AddressCode
  var flow: FlowCode
  var text: TextCode
  var words: WordsCode
}

/// A function, compiled once: its parameters and its result have places of their own.
final class CompiledFunction {
  let parameters: [Compiler.LocalPlace]
  /// Of one expression: the code for its value, by type. Else it is run, and has left its result.
  let direct: CompiledCall?
  let body: StatementCode
  let result: Compiler.LocalPlace

  init(
    parameters: [Compiler.LocalPlace], direct: CompiledCall?, body: @escaping StatementCode,
    result: Compiler.LocalPlace
  ) {
    self.parameters = parameters
    self.direct = direct
    self.body = body
    self.result = result
  }
}

extension Compiler {
  func call(_ index: Int, _ arguments: [TypedExpression]) -> CompiledCall {
    let function = function(index)
    let pass = pass(arguments, to: function)
    if let direct = function.direct {
      return CompiledCall(
        integer: { machine in
          pass(machine)
          return direct.integer(machine)
        },
        address: { machine in
          pass(machine)
          return direct.address(machine)
        },
        flow: { machine in
          pass(machine)
          return direct.flow(machine)
        },
        text: { machine in
          pass(machine)
          return direct.text(machine)
        },
        words: { machine, place in
          pass(machine)
          return direct.words(machine, place)
        })
    }
    return run(function, after: pass)
  }

  /// Runs the body, and takes the result from where it was left.
  private func run(
    _ function: CompiledFunction, after pass: @escaping (Machine) -> Void
  ) -> CompiledCall {
    let offset = function.result.offset
    let isText = function.result.type == .text
    let count = function.result.type.localWordCount
    let body = function.body
    func run(_ machine: Machine) -> UnsafeMutablePointer<UInt64>? {
      pass(machine)
      let place = machine.pointee.words + offset
      // Running off the end is absent.
      if isText { machine.pointee.texts[offset] = nil } else { place[0] = 0 }
      _ = body(machine)
      return !isText && place[0] != 0 ? place + 1 : nil
    }
    return CompiledCall(
      integer: { machine in run(machine).map { Int64(bitPattern: $0[0]) } },
      address: { machine in run(machine).map { AddressValue(high: $0[0], low: $0[1]) } },
      flow: { machine in run(machine).map { FlowValue(words: $0) } },
      text: { machine in
        _ = run(machine)
        return isText ? machine.pointee.texts[offset] : nil
      },
      words: { machine, target in
        if isText {
          _ = run(machine)
          guard let text = machine.pointee.texts[offset] else {
            target.update(repeating: 0, count: count)
            return false
          }
          text.write(to: target)
          return true
        }
        guard let place = run(machine) else {
          target.update(repeating: 0, count: count)
          return false
        }
        target.update(from: place, count: count)
        return true
      })
  }

  /// Evaluates all arguments before any parameter is set: one may be a call of the same function.
  private func pass(
    _ arguments: [TypedExpression], to function: CompiledFunction
  ) -> (Machine) -> Void {
    let places = Array(function.parameters.prefix(arguments.count))
    if arguments.count == 1 { return assign(places[0], arguments[0]) }
    let temporaries = places.map { place(for: $0.type) }
    let steps = zip(temporaries, arguments).map { assign($0, $1) }
    let moves = zip(temporaries, places).map { from, to -> (Machine) -> Void in
      let count = 1 + from.type.localWordCount
      if from.type == .text {
        return { machine in machine.pointee.texts[to.offset] = machine.pointee.texts[from.offset] }
      }
      return { machine in
        let words = machine.pointee.words
        (words + to.offset).update(from: words + from.offset, count: count)
      }
    }
    return { machine in
      for step in steps { step(machine) }
      for move in moves { move(machine) }
    }
  }

  private func function(_ index: Int) -> CompiledFunction {
    let key = FunctionKey(index: index, isKernelHalf: isKernelHalf)
    if let function = functions[key] { return function }
    let instance = script.functions[index]
    let (outerLocals, outerResult, outerTables) = (locals, resultPlace, rowTables)
    locals = instance.body.locals.map { place(for: $0.type) }
    rowTables = []
    let parameters = Array(locals.prefix(instance.parameterCount))
    let result = place(for: instance.result)
    resultPlace = result
    var direct: CompiledCall?
    if instance.body.statements.count == 1,
      case .returning(let value?) = instance.body.statements[0].kind
    {
      direct = calculated(value)
    }
    let function = CompiledFunction(
      parameters: parameters, direct: direct, body: block(instance.body.statements),
      result: result)
    (locals, resultPlace, rowTables) = (outerLocals, outerResult, outerTables)
    functions[key] = function
    return function
  }

  /// Code for a value, under the type that it has; the others are never asked for.
  private func calculated(_ value: TypedExpression) -> CompiledCall {
    var call = CompiledCall(
      integer: { _ in nil }, address: { _ in nil }, flow: { _ in nil }, text: { _ in nil },
      words: words(value))
    switch value.type {
    case .integer, .boolean, .mac, .stack: call.integer = integer(value)
    case .address: call.address = address(value)
    case .flow: call.flow = flow(value)
    case .text: call.text = text(value)
    case .record: break
    }
    return call
  }
}
