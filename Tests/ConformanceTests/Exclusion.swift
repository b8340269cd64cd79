import Foundation
import ModelGraph

@testable import OnnxImport

/// Why a case may stand in not-run.tsv. Found from the model alone, so that nothing else can excuse a case.
struct Exclusion: Hashable {
    enum Reason: String, CaseIterable {
        case operatorNotNeeded = "operator not needed"
        case elementType = "element type"
        case valueType = "sequence, optional or map value"
        case oldOpset = "older meaning of the operator"
        case training = "training mode"
    }

    let reason: Reason
    /// Which operator, type or version.
    let detail: String

    /// The reason for which the model cannot be run here; nil when it must run.
    static func find(for conformanceCase: ConformanceCase) throws -> Exclusion? {
        let bytes = try Data(contentsOf: URL(filePath: conformanceCase.modelPath))
        let model: Onnx_ModelProto = try OnnxModel.decode([UInt8](bytes), name: conformanceCase.id)
        let functions = Set(model.functions.map { FunctionKey($0) })
        let nodes = model.graph.node + model.functions.flatMap(\.node)
        return operatorNotNeeded(nodes, functions) ?? wrongType(model, nodes) ?? oldOpset(nodes, model)
            ?? training(nodes)
    }

    private static func operatorNotNeeded(_ nodes: [Onnx_NodeProto], _ functions: Set<FunctionKey>) -> Exclusion? {
        let missing = nodes.filter { node in
            !functions.contains(FunctionKey(calledBy: node))
                && (!Scope.canonical(node.domain).isEmpty || OperatorTable.entries[node.opType] == nil)
        }
        let names = Set(missing.map { $0.domain.isEmpty ? $0.opType : "\($0.domain).\($0.opType)" }).sorted()
        return names.isEmpty ? nil : Exclusion(reason: .operatorNotNeeded, detail: names.joined(separator: " "))
    }

    private static func wrongType(_ model: Onnx_ModelProto, _ nodes: [Onnx_NodeProto]) -> Exclusion? {
        var numbers = Set(model.graph.initializer.map(\.dataType))
        for info in model.graph.input + model.graph.output {
            switch info.type.value {
            case .tensorType(let tensor): numbers.insert(tensor.elemType)
            case nil: break
            default: return Exclusion(reason: .valueType, detail: info.name)
            }
        }
        for node in nodes {
            for attribute in node.attribute {
                if attribute.type == .tensor { numbers.insert(attribute.t.dataType) }
                if attribute.type == .string || attribute.type == .strings, node.opType == "Constant" {
                    numbers.insert(Int32(Onnx_TensorProto.DataType.string.rawValue))
                }
                if node.opType == "Cast", attribute.name == "to" { numbers.insert(Int32(clamping: attribute.i)) }
            }
        }
        let unknown = numbers.sorted().filter { number in
            guard let type = Onnx_TensorProto.DataType(rawValue: Int(number)).flatMap(ElementType.init) else {
                return true
            }
            if case .plain = type { return false }
            return true
        }
        guard !unknown.isEmpty else { return nil }
        return Exclusion(
            reason: .elementType, detail: unknown.map { ElementType.name(ofNumber: $0) }.joined(separator: " "))
    }

    private static func oldOpset(_ nodes: [Onnx_NodeProto], _ model: Onnx_ModelProto) -> Exclusion? {
        let opset = model.opsetImport.first { Scope.canonical($0.domain).isEmpty }.map { Int($0.version) } ?? 0
        let old = nodes.filter { node in
            OperatorTable.entries[node.opType].map { !$0.opsets.contains(opset) } ?? false
                || opset < 7 && node.attribute.contains { $0.name == "broadcast" }
        }.map(\.opType)
        guard !old.isEmpty else { return nil }
        return Exclusion(reason: .oldOpset, detail: "\(Set(old).sorted().joined(separator: " ")) of opset \(opset)")
    }

    private static func training(_ nodes: [Onnx_NodeProto]) -> Exclusion? {
        let trains = nodes.first { node in
            switch node.opType {
            case "Dropout": node.input.count > 2 && !node.input[2].isEmpty
            case "BatchNormalization": node.attribute.contains { $0.name == "training_mode" && $0.i == 1 }
            default: false
            }
        }
        return trains.map { Exclusion(reason: .training, detail: $0.opType) }
    }
}
