/// Of a kernel that nothing is known of: it has no BTF, or this machine is not the one to trace on.
/// What scripts name of it is accepted, and unchecked.
package struct NoKernelTypes: KernelTypes {
  package init() {}

  package var isKnown: Bool { false }

  package func functions(matching pattern: String) -> [KernelSignature] { [] }
  package func tracepoints(category: String, matching pattern: String) -> [KernelSignature] { [] }
  package func member(_ name: String, of structure: String) -> KernelMember? { nil }
  package func hasStructure(_ name: String) -> Bool { false }
  package func memberNames(of structure: String) -> [String] { [] }
  package func enumeration(_ name: String) -> Enumeration? { nil }
  package func enumerators(named name: String) -> [(enumeration: Enumeration, value: Int64)] { [] }
  package func functionNames() -> [String] { [] }
  package func tracepointNames() -> [String] { [] }
}
