/// Words that nothing in C can be called.
package enum CKeywords {
  /// ISO/IEC 9899:2011, 6.4.1, and what clang takes for keywords in GNU mode.
  package static let all: Set = [
    "asm", "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else",
    "enum", "extern", "float", "for", "goto", "if", "inline", "int", "long", "register",
    "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef",
    "typeof", "union", "unsigned", "void", "volatile", "while",
  ]
}
