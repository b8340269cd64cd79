import Foundation
import ModelGraph
import SwiftProtobuf

@testable import OnnxImport

/// Short spellings for model files made by tests.
enum Make {
    static func model(
        opset: Int64 = 17, nodes: [Onnx_NodeProto], inputs: [Onnx_ValueInfoProto] = [value("x", [2, 3])],
        outputs: [String] = ["y"], initializers: [Onnx_TensorProto] = [], functions: [Onnx_FunctionProto] = []
    ) -> Onnx_ModelProto {
        var model = Onnx_ModelProto()
        model.irVersion = 8
        model.opsetImport = [opsetID("", opset), opsetID("ai.densehybrid", 1), opsetID("local", 1)]
        model.graph.name = "test"
        model.graph.node = nodes
        model.graph.input = inputs
        model.graph.output = outputs.map { value($0, nil) }
        model.graph.initializer = initializers
        model.functions = functions
        return model
    }

    static func opsetID(_ domain: String, _ version: Int64) -> Onnx_OperatorSetIdProto {
        var id = Onnx_OperatorSetIdProto()
        id.domain = domain
        id.version = version
        return id
    }

    static func node(
        _ type: String, _ inputs: [String], _ outputs: [String], name: String = "", domain: String = "",
        _ attributes: [Onnx_AttributeProto] = []
    ) -> Onnx_NodeProto {
        var node = Onnx_NodeProto()
        node.opType = type
        node.input = inputs
        node.output = outputs
        node.name = name
        node.domain = domain
        node.attribute = attributes
        return node
    }

    static func value(
        _ name: String, _ extents: [Int64]?, type: Onnx_TensorProto.DataType = .float
    ) -> Onnx_ValueInfoProto {
        var info = Onnx_ValueInfoProto()
        info.name = name
        info.type.tensorType.elemType = Int32(type.rawValue)
        if let extents {
            info.type.tensorType.shape.dim = extents.map { extent in
                var dimension = Onnx_TensorShapeProto.Dimension()
                if extent >= 0 { dimension.dimValue = extent } else { dimension.dimParam = "n\(-extent)" }
                return dimension
            }
        }
        return info
    }

    static func function(
        _ name: String, inputs: [String], outputs: [String], nodes: [Onnx_NodeProto], attributes: [String] = [],
        defaults: [Onnx_AttributeProto] = [], domain: String = "local", opset: Int64 = 17
    ) -> Onnx_FunctionProto {
        var function = Onnx_FunctionProto()
        function.name = name
        function.domain = domain
        function.input = inputs
        function.output = outputs
        function.node = nodes
        function.attribute = attributes
        function.attributeProto = defaults
        function.opsetImport = [opsetID("", opset), opsetID("local", 1)]
        return function
    }

    static func tensor(
        _ name: String, _ type: Onnx_TensorProto.DataType, _ extents: [Int64], raw: [UInt8]
    ) -> Onnx_TensorProto {
        var tensor = Onnx_TensorProto()
        tensor.name = name
        tensor.dataType = Int32(type.rawValue)
        tensor.dims = extents
        tensor.rawData = .init(raw)
        return tensor
    }

    static func floats(_ name: String, _ extents: [Int64], _ values: [Float]) -> Onnx_TensorProto {
        tensor(name, .float, extents, raw: values.withUnsafeBytes { [UInt8]($0) })
    }

    static func int(_ name: String, _ value: Int64) -> Onnx_AttributeProto {
        attribute(name, .int) { $0.i = value }
    }

    static func ints(_ name: String, _ values: [Int64]) -> Onnx_AttributeProto {
        attribute(name, .ints) { $0.ints = values }
    }

    static func float(_ name: String, _ value: Float) -> Onnx_AttributeProto {
        attribute(name, .float) { $0.f = value }
    }

    static func string(_ name: String, _ value: String) -> Onnx_AttributeProto {
        attribute(name, .string) { $0.s = .init(value.utf8) }
    }

    static func tensorAttribute(_ name: String, _ value: Onnx_TensorProto) -> Onnx_AttributeProto {
        attribute(name, .tensor) { $0.t = value }
    }

    static func reference(_ name: String, to outer: String, _ type: Onnx_AttributeProto.AttributeType)
        -> Onnx_AttributeProto
    {
        attribute(name, type) { $0.refAttrName = outer }
    }

    private static func attribute(
        _ name: String, _ type: Onnx_AttributeProto.AttributeType, _ fill: (inout Onnx_AttributeProto) -> Void
    ) -> Onnx_AttributeProto {
        var attribute = Onnx_AttributeProto()
        attribute.name = name
        attribute.type = type
        fill(&attribute)
        return attribute
    }
}

extension Onnx_ModelProto {
    func bytes() throws -> [UInt8] { try serializedBytes() }

    func load() throws -> Graph { try OnnxModel.load(bytes: bytes()) }

    /// The one-line error of a model that must not load.
    func loadError() -> String {
        do {
            let graph = try load()
            return "loaded \(graph.nodes.count) nodes"
        } catch let error as OnnxImportError {
            return error.description
        } catch {
            return "another error: \(error)"
        }
    }
}
