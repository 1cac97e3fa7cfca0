internal import Packets
internal import Syntax

/// `func`: checked anew for each combination of argument types.
extension Check {
  /// What a parameter stands for in one instance.
  private enum Argument {
    case value(TypedExpression)
    case entity(Entity, key: String)

    var key: String {
      switch self {
      case .value(let value): "\(value.type)"
      case .entity(_, let key): key
      }
    }
  }

  func callFunction(
    _ function: FunctionSyntax, of home: Int, _ arguments: [ArgumentSyntax], at span: Span
  ) -> TypedExpression? {
    let name = function.name.text
    var bound: [Argument] = []
    var isWhole = true
    for argument in arguments {
      if let label = argument.name {
        report("arguments of a function have no names", at: label.span)
        isWhole = false
      }
      guard let value = self.argument(argument.value) else {
        isWhole = false
        continue
      }
      bound.append(value)
    }
    guard arguments.count == function.parameters.count else {
      let list = function.parameters.map(\.text).joined(separator: ", ")
      report(
        "\(name)(\(list)) takes \(function.parameters.count.counted("argument")), and is given "
          + "\(arguments.count)", at: span)
      return nil
    }
    guard isWhole else { return nil }
    if case .constant = body.place {
      report("a function is not worked out before the script runs", at: span)
      return nil
    }
    let key =
      "\(home).\(name)(\(bound.map(\.key).joined(separator: ";"))) \(body.isKernel)"
    let index: Int
    switch instances[key] {
    case .found(let known): index = known
    case .failed: return nil
    case .underway:
      report(
        "'\(name)' calls itself", at: span,
        hints: ["the kernel has no recursion: write a for loop"])
      return nil
    case nil:
      instances[key] = .underway
      guard let made = instance(of: function, home, bound) else {
        instances[key] = .failed
        return nil
      }
      instances[key] = .found(made)
      index = made
    }
    let values = bound.compactMap { argument in
      if case .value(let value) = argument { value } else { nil }
    }
    return TypedExpression(.call(index, values), script.functions[index].result, span: span)
  }

  private func argument(_ expression: Expression) -> Argument? {
    guard let entity = entity(of: expression) else { return nil }
    switch entity {
    case .packet(let depth): return .entity(entity, key: "packet \(depth)")
    case .layer(let layer, let depth, let prefix) where layer.field(named: prefix) == nil:
      return .entity(entity, key: "\(layer) \(depth) \(prefix)")
    default:
      guard let value = value(of: entity, at: expression.span) else { return nil }
      // A quoted literal takes the type that it meets, in the function as well.
      if case .text(let text) = value.kind { return .entity(.value(value), key: "\"\(text)\"") }
      return .value(value)
    }
  }

  private func instance(
    of function: FunctionSyntax, _ home: Int, _ arguments: [Argument]
  ) -> Int? {
    let outer = body
    let before = module
    defer {
      body = outer
      module = before
    }
    module = home
    body = BodyState(place: .function(isKernel: outer.isKernel))
    refuseDoubledParameters(function)
    var count = 0
    for (parameter, argument) in zip(function.parameters, arguments) {
      switch argument {
      case .value(let value):
        let index = body.addLocal(parameter.text, value.type)
        body.scopes[0][parameter.text] = .local(index, isVariable: false, structure: nil)
        count += 1
      case .entity(let entity, _): body.scopes[0][parameter.text] = .entity(entity)
      }
    }
    guard let (statements, result) = checkedBody(of: function) else { return nil }
    script.functions.append(
      FunctionInstance(
        name: function.name.text, parameterCount: count, result: result,
        body: Body(locals: body.locals, statements: statements),
        source: home == 0 ? nil : source))
    return script.functions.count - 1
  }

  private func checkedBody(of function: FunctionSyntax) -> ([TypedStatement], ValueType)? {
    switch function.body {
    case .expression(let expression):
      guard let value = value(of: expression) else { return nil }
      return ([TypedStatement(.returning(value), span: expression.span)], value.type)
    case .block(let block):
      let statements = self.block(block, opensScope: false)
      guard let result = body.result else {
        if !body.returns {
          report(
            "'\(function.name.text)' returns nothing", at: function.name.span,
            hints: ["a function works out a value: return …"])
        }
        return nil
      }
      return (statements, result.type)
    }
  }

  private func refuseDoubledParameters(_ function: FunctionSyntax) {
    for (index, parameter) in function.parameters.enumerated()
    where function.parameters[..<index].contains(where: { $0.text == parameter.text }) {
      report("two parameters are called '\(parameter.text)'", at: parameter.span)
    }
  }

  /// `return` of a function.
  func returning(_ expression: Expression?, at span: Span) -> TypedStatement.Kind? {
    guard body.isFunction else {
      if let expression {
        report("only a function returns a value", at: expression.span)
        return nil
      }
      return .returning(nil)
    }
    body.returns = true
    guard let expression else {
      report("a function returns a value", at: span)
      return nil
    }
    guard var value = value(of: expression, expecting: body.result?.type) else { return nil }
    if let before = body.result {
      value = adapted(value, to: before.type)
      guard let type = before.type.joined(with: value.type) else {
        report(
          "this returns \(value.type.described), and line \(lineNumber(of: before.span)) "
            + before.type.described, at: value.span)
        return nil
      }
      body.result = (type, before.span)
    } else {
      body.result = (value.type, value.span)
    }
    return .returning(value)
  }

  /// Functions that nothing calls: their names are looked up all the same, whatever the arguments.
  func checkUncalledFunctions() {
    for declaration in modules[0].tree.declarations {
      guard case .function(let function) = declaration.kind,
        !instances.keys.contains(where: { $0.hasPrefix("0.\(function.name.text)(") })
      else { continue }
      let functions = script.functions.count
      module = 0
      body = BodyState(place: .function(isKernel: false))
      refuseDoubledParameters(function)
      for parameter in function.parameters { body.scopes[0][parameter.text] = .unknown }
      _ = checkedBody(of: function)
      script.functions.removeSubrange(functions...)
      instances = instances.filter { entry in
        if case .found(let index) = entry.value { index < functions } else { true }
      }
    }
    body = BodyState(place: .constant)
  }
}
