internal import Packets
internal import Syntax

/// A script with the names that it declares: the one that is checked, or one that it imports.
final class Module {
  let tree: ScriptTree
  /// As the import has it; empty for the script itself.
  let path: String
  /// Names of imported scripts to their place in ``Check/modules``.
  var imports: [String: Int] = [:]
  var names: [String: Declared] = [:]
  var tables: [String: Int] = [:]
  var states: [String: Int] = [:]
  var options: [String: Int] = [:]

  /// A declaration with the name that it gives.
  struct Declared {
    let name: Name
    let declaration: Declaration
  }

  init(tree: ScriptTree, path: String) {
    self.tree = tree
    self.path = path
  }
}

extension Check {
  /// Imports of a module and theirs; each script once.
  func loadImports(of index: Int, chain: [String]) {
    module = index
    defer { module = 0 }
    for declaration in modules[index].tree.declarations {
      guard case .importing(let item) = declaration.kind else { continue }
      module = index
      guard let path = item.path.plainText else { continue }
      if chain.contains(path) {
        report(
          "'\(path)' imports itself", at: item.path.span,
          hints: ["the way there: \((chain + [path]).joined(separator: " -> "))"])
        continue
      }
      let last = path.split(separator: "/").last.map(String.init) ?? path
      let standard = last.hasSuffix(".ncs") ? String(last.dropLast(4)) : last
      let name = item.alias?.text ?? standard
      if Catalogue.isReserved(name), !Layer.allCases.contains(where: { $0.name == name }) {
        report(
          "'\(name)' is built in, and cannot be an imported script",
          at: item.alias?.span ?? item.path.span,
          hints: ["call it otherwise: import \"\(path)\" as my_\(name)"])
        continue
      }
      if modules[index].imports[name] != nil {
        report(
          "two imported scripts are called '\(name)'", at: item.alias?.span ?? item.path.span,
          hints: ["call one of them otherwise: import \"\(path)\" as other"])
        continue
      }
      if let known = modules.firstIndex(where: { $0.path == path }) {
        modules[index].imports[name] = known
        continue
      }
      switch importer(path, source) {
      case .failure(let problem):
        report(
          Diagnostic(
            problem.severity, problem.message,
            at: problem.place ?? Diagnostic.Place(source, item.path.span), hints: problem.hints))
      case .success(let tree):
        let added = modules.count
        modules.append(Module(tree: tree, path: path))
        modules[index].imports[name] = added
        refuseActions(in: tree, importedAt: item.path.span)
        loadImports(of: added, chain: chain + [path])
        module = index
      }
    }
  }

  /// What the script declares in C.
  func loadC(_ files: Checker.FileReader) {
    for declaration in modules[0].tree.declarations {
      guard case .c(let c) = declaration.kind else { continue }
      switch c {
      case .block(let block): cDeclarations.append(CDeclaration(source: source, block: block))
      case .file(let literal):
        guard let path = literal.plainText else { continue }
        switch files(path, source) {
        case .failure(let problem):
          report(
            Diagnostic(
              problem.severity, problem.message,
              at: problem.place ?? Diagnostic.Place(source, literal.span), hints: problem.hints))
        case .success(let file):
          cDeclarations.append(
            CDeclaration(source: file, block: CBlock(text: file.text, span: file.span)))
        }
      }
    }
  }

  /// An imported script gives names; it starts nothing.
  private func refuseActions(in tree: ScriptTree, importedAt span: Span) {
    for declaration in tree.declarations {
      switch declaration.kind {
      case .probe, .path, .on, .every, .begin, .end, .statement, .c:
        report(
          "an imported script has names only, and '\(tree.source.name)' does something", at: span,
          hints: ["move its func, const, filter and table declarations into a script of their own"])
        return
      case .option, .importing, .constant, .function, .filter, .table, .state: continue
      }
    }
  }

  /// The names that each module declares.
  func collectNames() {
    for index in modules.indices {
      inModule(index) {
        for declaration in modules[index].tree.declarations {
          guard let name = declaration.declaredName else { continue }
          declare(name, declaration, in: modules[index])
        }
      }
    }
  }

  private func declare(_ name: Name, _ declaration: Declaration, in module: Module) {
    if let first = module.names[name.text] {
      report(
        "'\(name.text)' is declared twice", at: name.span,
        hints: ["the first is in line \(lineNumber(of: first.name.span))"])
      return
    }
    if Catalogue.isReserved(name.text) {
      report(
        "'\(name.text)' is built in, and cannot be declared", at: name.span,
        hints: ["netcap doc \(name.text) tells what it is"])
    }
    if module.imports[name.text] != nil {
      report("'\(name.text)' is the name of an imported script", at: name.span)
    }
    module.names[name.text] = Module.Declared(name: name, declaration: declaration)
  }
}

extension Declaration {
  /// The name that expressions can use; nil for what has none.
  var declaredName: Name? {
    switch kind {
    case .option(let option): option.name
    case .constant(let name, _), .filter(let name, _): name
    case .function(let function): function.name
    case .table(let table): table.name
    case .state(let state): state.name
    case .importing, .probe, .path, .on, .every, .begin, .end, .statement, .c: nil
    }
  }
}
