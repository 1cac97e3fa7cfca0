import Kernel
import Language
import Lowering
import MadePackets
import MadeScripts
import Packets
import Testing

extension InKernel {
  /// A body's usual form says of every packet what its full form says, which a small window asks for.
  @Suite struct UsualTests {
    private static let windows = [ScriptUnit.standardWindow, 16]

    private static let integer = ValueType.integer(.decimal)

    /// All that can be a key in a usual form.
    private static let keys: [TypedExpression] =
      Layer.allCases.flatMap { layer in
        layer.fields.map { TypedExpression.field(layer, $0.name) }
          + [TypedExpression(.hasLayer(layer, depth: 0), .boolean)]
          + (layer.definition.payload == nil
            ? [] : [TypedExpression(.payloadLength(layer, depth: 0), integer)])
      } + [TypedExpression(.packetLength(depth: 0), integer)]

    private func count(_ keys: [TypedExpression]) -> TypedStatement {
      TypedStatement(.tableAdd(table: 0, keys: keys, value: .number(1)))
    }

    private func script(
      _ statements: [TypedStatement], _ keys: [TypedExpression], emit: [TypedExpression]? = nil
    ) -> Script {
      var script = Script.of(statements, emit: emit)
      script.tables = [
        TableDefinition(
          name: "t", keyNames: keys.indices.map { "k\($0)" }, keys: keys.map(\.type),
          aggregation: .count, presentation: .decimal, maximum: 4096)
      ]
      return script
    }

    /// What a script's table holds after all test packets, and which of them were let through.
    private func outcome(
      _ script: Script, window: Int
    ) throws -> (rows: [[UInt64]: Int64], accepted: [Bool]) {
      let run = try load(script, window: window)
      let isUsual = run.lowered.c.contains("#define NC_USUAL_FORM")
      #expect(isUsual == (window == ScriptUnit.standardWindow))
      let accepted = try TestPackets.all.map { try run.run(on: $0.input).accepted }
      let rows = try run.store.rows(ofTable: 0).map { ($0.key, $0.value.sum) }
      return (Dictionary(uniqueKeysWithValues: rows), accepted)
    }

    @Test func everythingAsAKey() throws {
      for first in stride(from: 0, to: Self.keys.count, by: 6) {
        let keys = Array(Self.keys[first..<min(first + 6, Self.keys.count)])
        let outcomes = try Self.windows.map {
          try outcome(script([count(keys)], keys), window: $0)
        }
        #expect(outcomes[0].rows == outcomes[1].rows)
        #expect(outcomes[0].rows.values.reduce(0, +) == Int64(TestPackets.all.count))
        #expect(outcomes[0].rows.count > 1)
      }
    }

    /// What is decided before something that only the full form can do; it counts once.
    @Test func decisions() throws {
      let tests: [TypedExpression] = [
        .field(.udp, "dport") == 53, .field(.tcp, "flags.syn"),
        TypedExpression(.hasLayer(.icmp, depth: 0), .boolean), !(.field(.ip, "ttl") == 64),
        .field(.tcp, "sport") == 443 || .field(.udp, "sport") == 53,
      ]
      let key = [TypedExpression.field(.ip, "proto")]
      for test in tests {
        let branch = TypedStatement(
          .condition(test, then: [TypedStatement(.returning(nil))], otherwise: []))
        for decision in [TypedStatement.require(test), branch] {
          let statements = [decision, count(key)]
          for emit in [nil, key] {
            let outcomes = try Self.windows.map {
              try outcome(script(statements, key, emit: emit), window: $0)
            }
            #expect(outcomes[0] == outcomes[1])
          }
        }
      }
    }
  }
}
