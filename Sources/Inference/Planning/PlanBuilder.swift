internal import CKernels
internal import Kernels
internal import ModelGraph

/// Everything that makes an `ExecutionPlan`.
struct PlanParts {
    enum BufferPlace {
        case arena(offset: Int)
        case constant(UnsafeMutableRawPointer)
        case port
    }

    let inputs: [PlanPort]
    let outputs: [PlanPort]
    let steps: [AnyStep]
    let descriptions: [StepDescription]
    let buffers: [BufferPlace]
    let portBuffers: [Int32]
    let ownsPorts: Bool
    let arenaBytes: Int
    let arenaBound: Int
    let scratchBytes: Int
    /// Of each worker's scratch, what stays as it is from step to step (`StepContext.keep`); before the rest.
    let keepBytes: Int
    let threads: Int
    let instructionSet: InstructionSet
    let memory: PlanMemory
    let generics: [GenericInvocation]
    let observations: [Observation]

    /// Scratch of one worker, a multiple of 64.
    var scratchStride: Int { keepBytes + scratchBytes }
}

/// Lowers a graph to steps: decides every value's layout, places values in buffers, and emits one step (or a few) a node.
///
/// The files `Lower….swift` hold one extension per family of operations.
struct PlanBuilder {
    enum BufferKind {
        case arena
        case constant(UnsafeMutableRawPointer)
        case port
    }

    struct Buffer {
        let kind: BufferKind
        let byteCount: Int
        var firstUse = Int.max
        var lastUse = -1
    }

    /// A value that exists in a layout by now (a place alone may be reserved ahead, for an output or a concatenation).
    struct Written: Hashable {
        let value: Int
        let layout: Layout
    }

    /// Constants disappear from it once the last node that reads them is lowered.
    var graph: Graph
    let compiler: ModelCompiler
    let memory = PlanMemory()
    var steps: [AnyStep] = []
    var descriptions: [StepDescription] = []
    var generics: [GenericInvocation] = []
    var observations: [Observation] = []
    /// What the last step reads and writes.
    private(set) var lastReads: [Operand] = []
    private(set) var lastWrites: [Operand] = []
    var scratchBytes = 0
    var keepBytes = 0
    private(set) var buffers: [Buffer] = []
    /// Where each value lies, by value index and layout.
    private(set) var places: [[Layout: Operand]]
    private var portBuffers: [Int32] = []
    private(set) var written: Set<Written> = []
    /// The last node (by position) that reads each value; beyond all nodes for outputs of the graph.
    private(set) var lastReader: [Int] = []
    /// The constants that no node after a position reads, by that position.
    private var lastConstants: [Int: [ValueID]] = [:]
    /// The position of the node that is being lowered.
    private(set) var position = 0
    /// Which nodes run in int8, and how values are stored then; empty for a plan in fp32.
    private(set) var quantized = QuantizedGraph()
    /// Values that int8 nodes read, by index.
    var int8Readers: Set<Int> = []
    /// Convolutions (by position) that resize what they add themselves: the position of the resize.
    var resizedResiduals: [Int: Int] = [:]
    /// What int8 convolutions (by position) apply to their sums.
    var foldedAffines: [Int: FoldedAffine] = [:]
    /// Averages of rows that a pool to one pixel may read in place of the value, by index.
    var rowMeans: [Int: Operand] = [:]
    /// Max pools (by position) that their convolution's step computes as well: the position of the convolution.
    var pooledConvolutions: [Int: Int] = [:]
    /// The node that is being lowered.
    var node = Node(name: "", operation: .identity, inputs: [], outputs: [])

    var kernels: dh_kernel_table { compiler.kernels.functions }
    var threads: Int { compiler.threads }
    /// For descriptions of steps.
    var instructionSetName: String { compiler.kernels.instructionSet.description }

    init(graph: consuming Graph, compiler: ModelCompiler) {
        places = Array(repeating: [:], count: graph.values.count)
        self.graph = graph
        self.compiler = compiler
    }

    mutating func build() throws(InferenceError) -> PlanParts {
        for (index, value) in graph.values.enumerated() where value.constant == nil && value.dimensions == nil {
            guard graph.nodes.contains(where: { $0.outputs.contains(ValueID(index: index)) }) else { continue }
            throw InferenceError("value '\(value.name)' has no known extents: specialise the graph before compiling it")
        }
        var fusions = findRowFusions()
        if let ranges = compiler.ranges {
            quantized = try QuantizedGraph(self, ranges: ranges, fusions: fusions)
            foldAffines(&fusions)
            findInt8Readers()
        }
        findResizedResiduals(&fusions)
        findPooledConvolutions(&fusions)
        var inputs: [PlanPort] = []
        for input in graph.inputs {
            let port = try port(for: input, isInput: true)
            inputs.append(port)
            places[input.index][port.layout] = addPort(byteCount: port.byteCount)
            written.insert(Written(value: input.index, layout: port.layout))
        }
        var outputs: [PlanPort] = []
        var outputPlaces: [Operand] = []
        for output in graph.outputs {
            let port = try port(for: output, isInput: false)
            outputs.append(port)
            if port.layout == .quantized { int8Readers.insert(output.index) }
            let place = addPort(byteCount: port.byteCount)
            outputPlaces.append(place)
            // Written in place unless the value exists already or is also another output.
            if places[output.index].isEmpty && graph[output].constant == nil {
                places[output.index][port.layout] = place
            }
        }
        findLastReaders(fusions)
        placeConcatenations(except: fusions.absorbed)
        observeInputs()
        for (position, next) in graph.nodes.enumerated() where !fusions.absorbed.contains(position) {
            self.position = position
            node = next
            if let fusion = fusions.byLast[position] {
                try lower(fusion)
            } else {
                try lowerNode()
            }
            observeNode()
            for id in lastConstants[position] ?? [] { graph[id].constant = nil }
        }
        for (position, output) in graph.outputs.enumerated() {
            deliver(output, port: outputs[position], to: outputPlaces[position])
        }
        return finish(inputs: inputs, outputs: outputs)
    }

    private mutating func finish(inputs: [PlanPort], outputs: [PlanPort]) -> PlanParts {
        var requests: [ArenaPlanner.Request] = []
        var owners: [Int] = []
        if compiler.ownsPorts {
            // Inputs are there before the first step, outputs after the last.
            for buffer in portBuffers[..<inputs.count] { buffers[Int(buffer)].firstUse = 0 }
            for buffer in portBuffers[inputs.count...] { buffers[Int(buffer)].lastUse = steps.count }
        }
        for (index, buffer) in buffers.enumerated() {
            guard case .arena = buffer.kind, buffer.firstUse <= buffer.lastUse else { continue }
            requests.append(.init(byteCount: buffer.byteCount, lifetime: buffer.firstUse...buffer.lastUse))
            owners.append(index)
        }
        let arena = ArenaPlanner.plan(requests)
        var result = buffers.map { buffer -> PlanParts.BufferPlace in
            switch buffer.kind {
            case .arena: .arena(offset: 0)
            case .constant(let address): .constant(address)
            case .port: .port
            }
        }
        for (position, owner) in owners.enumerated() { result[owner] = .arena(offset: arena.offsets[position]) }
        return PlanParts(
            inputs: inputs, outputs: outputs, steps: steps, descriptions: descriptions, buffers: result,
            portBuffers: portBuffers, ownsPorts: compiler.ownsPorts, arenaBytes: arena.byteCount,
            arenaBound: ArenaPlanner.bound(requests), scratchBytes: (scratchBytes + 63) & ~63,
            keepBytes: (keepBytes + 63) & ~63, threads: threads,
            instructionSet: compiler.kernels.instructionSet, memory: memory, generics: generics,
            observations: observations)
    }
}

// MARK: - Ports

extension PlanBuilder {
    private func port(for id: ValueID, isInput: Bool) throws(InferenceError) -> PlanPort {
        let value = graph[id]
        guard let extents = value.dimensions else {
            throw InferenceError("'\(value.name)' has no known extents: specialise the graph before compiling it")
        }
        let image = graph.image(id)
        let layout: Layout =
            if !compiler.nativePorts || image == nil || (!isInput && compiler.plainOutputs.contains(value.name)) {
                .plain
            } else if crossesQuantized(id, isInput: isInput) {
                .quantized
            } else if isInput, let image, image.channels <= 4 {
                .packed
            } else {
                .blocked
            }
        let plainBytes = extents.reduce(1, *) * value.type.byteCount
        let byteCount =
            switch layout {
            case .blocked: image?.blockedBytes
            case .quantized: image?.quantizedBytes
            default: plainBytes
            }
        return PlanPort(
            name: value.name, type: value.type, dimensions: extents, layout: layout, byteCount: byteCount ?? plainBytes)
    }

    private mutating func addPort(byteCount: Int) -> Operand {
        buffers.append(Buffer(kind: compiler.ownsPorts ? .arena : .port, byteCount: byteCount))
        let number = Int32(buffers.count - 1)
        portBuffers.append(number)
        return Operand(buffer: number, offset: 0)
    }

    /// Makes sure that an output's bytes are in its port.
    private mutating func deliver(_ output: ValueID, port: PlanPort, to place: Operand) {
        node = Node(name: port.name, operation: .identity, inputs: [output], outputs: [output])
        let source = operand(output, as: port.layout)
        if source != place {
            emit(
                .copy(CopyStep(input: source, output: place, byteCount: port.byteCount)), kind: "copy", reads: [source],
                writes: [place])
        }
    }
}

// MARK: - Values and buffers

extension PlanBuilder {
    /// Where `id` can be read in `layout`; emits a change of layout where it lies in another one.
    mutating func operand(_ id: ValueID, as layout: Layout) -> Operand {
        if let place = places[id.index][layout], written.contains(Written(value: id.index, layout: layout)) {
            return place
        }
        if let constant = graph[id].constant, layout == .plain { return place(constant, of: id) }
        if graph[id].constant != nil && places[id.index][.plain] == nil { _ = operand(id, as: .plain) }
        guard let image = graph.image(id) else {
            preconditionFailure("value '\(graph[id].name)' is asked for as a picture and is none")
        }
        switch layout {
        case .quantized: return quantize(id, image)
        case .quantizedPicture: return quantizePicture(id, image)
        case .blocked where place(id, as: .quantized) != nil: return dequantize(id, image)
        default: break
        }
        let step: LayoutStep
        if layout == .plain {
            let source = operand(id, as: .blocked)
            let target = places[id.index][.plain] ?? addArena(byteCount: image.channels * image.pixels * 4)
            places[id.index][.plain] = target
            step = LayoutStep(
                change: .blockedToPlain, input: source, output: target, channels: image.channels, pixels: image.pixels)
        } else {
            let packed = places[id.index][.packed]
            let source = packed ?? operand(id, as: .plain)
            let target = places[id.index][.blocked] ?? addArena(byteCount: image.blockedBytes)
            places[id.index][.blocked] = target
            step = LayoutStep(
                change: packed == nil ? .plainToBlocked : .packedToBlocked, input: source, output: target,
                channels: image.channels, pixels: image.pixels)
        }
        emit(.layout(step), kind: "change layout", reads: [step.input], writes: [step.output])
        written.insert(Written(value: id.index, layout: layout))
        return places[id.index][layout] ?? step.output
    }

    /// Where a node shall write `id` in `layout`.
    mutating func destination(_ id: ValueID, as layout: Layout) -> Operand {
        written.insert(Written(value: id.index, layout: layout))
        if let place = places[id.index][layout] { return place }
        let place = addArena(byteCount: byteCount(of: id, in: layout))
        places[id.index][layout] = place
        return place
    }

    /// Declares that the node at hand writes `id` at `place`.
    mutating func write(_ id: ValueID, as layout: Layout, at place: Operand) {
        places[id.index][layout] = place
        written.insert(Written(value: id.index, layout: layout))
    }

    /// Whether `id` is wanted in the plain layout alone: by an output port and by no node.
    func isPlainOutput(_ id: ValueID) -> Bool {
        places[id.index][.plain] != nil && places[id.index][.blocked] == nil
            && !graph.nodes.contains { $0.inputs.contains(id) }
    }

    /// A node inside a row fusion reads when the fusion's last node runs.
    private mutating func findLastReaders(_ fusions: RowFusions) {
        lastReader = Array(repeating: -1, count: graph.values.count)
        for (position, node) in graph.nodes.enumerated() {
            for case .some(let input) in node.inputs {
                lastReader[input.index] = max(lastReader[input.index], fusions.end(of: position))
            }
        }
        for output in graph.outputs { lastReader[output.index] = Int.max }
        for (index, last) in lastReader.enumerated() where last < Int.max && graph.values[index].constant != nil {
            if last < 0 {
                graph[ValueID(index: index)].constant = nil
            } else {
                lastConstants[last, default: []].append(ValueID(index: index))
            }
        }
    }

    /// Where `id` lies in `layout` by now, or nil.
    func place(_ id: ValueID, as layout: Layout) -> Operand? {
        written.contains(Written(value: id.index, layout: layout)) ? places[id.index][layout] : nil
    }

    /// The packed place of a value, if it is the input picture.
    func packedPlace(_ id: ValueID) -> Operand? { places[id.index][.packed] }

    func byteCount(of id: ValueID, in layout: Layout) -> Int {
        switch (layout, graph.image(id)) {
        case (.blocked, let image?): image.blockedBytes
        case (.quantized, let image?): image.quantizedBytes
        case (.quantizedPicture, let image?): image.pixels * 3
        default: (graph[id].dimensions ?? []).reduce(1, *) * graph[id].type.byteCount
        }
    }

    /// Bytes of the buffer that starts at `place`.
    func byteCount(of place: Operand) -> Int { buffers[Int(place.buffer)].byteCount - place.offset }

    /// Declares that `view` is the same bytes as `source` (both plain).
    mutating func alias(_ view: ValueID, to source: ValueID) {
        let place = operand(source, as: .plain)
        if let wanted = places[view.index][.plain], wanted != place {
            // The view has a place of its own (an output port): copy.
            let bytes = (graph[view].dimensions ?? []).reduce(1, *) * graph[view].type.byteCount
            emit(
                .copy(CopyStep(input: place, output: wanted, byteCount: bytes)), kind: "copy", reads: [place],
                writes: [wanted])
        } else {
            places[view.index][.plain] = place
        }
        written.insert(Written(value: view.index, layout: .plain))
    }

    private mutating func place(_ constant: HostTensor, of id: ValueID) -> Operand {
        let storage = memory.allocate(UInt8.self, count: constant.byteCount)
        constant.withUnsafeBytes { bytes in
            UnsafeMutableRawBufferPointer(start: storage, count: bytes.count).copyMemory(from: bytes)
        }
        buffers.append(Buffer(kind: .constant(UnsafeMutableRawPointer(storage)), byteCount: constant.byteCount))
        let place = Operand(buffer: Int32(buffers.count - 1), offset: 0)
        places[id.index][.plain] = place
        written.insert(Written(value: id.index, layout: .plain))
        return place
    }

    mutating func addArena(byteCount: Int) -> Operand {
        buffers.append(Buffer(kind: .arena, byteCount: byteCount))
        return Operand(buffer: Int32(buffers.count - 1), offset: 0)
    }

    /// Appends a step and notes which buffers it keeps alive.
    mutating func emit(
        _ step: AnyStep, kind: String, kernel: String = "", multiplyAccumulates: Int = 0,
        precision: Precision = .fp32, reads: [Operand], writes: [Operand]
    ) {
        let chain = chained(step, reads: reads, writes: writes)
        let number = chain == nil ? steps.count : steps.count - 1
        for operand in reads + writes where operand.isPresent {
            buffers[Int(operand.buffer)].firstUse = min(buffers[Int(operand.buffer)].firstUse, number)
            buffers[Int(operand.buffer)].lastUse = number
        }
        var description = StepDescription(
            name: node.name, kind: kind, kernel: kernel, multiplyAccumulates: multiplyAccumulates,
            precision: precision, output: node.outputs.first.flatMap { graph[$0].dimensions } ?? [])
        if let chain, let before = descriptions.popLast() {
            steps[number] = chain
            lastReads += reads
            lastWrites = writes
            description = StepDescription(
                name: node.name, kind: "\(before.kind), \(kind)", kernel: before.kernel,
                multiplyAccumulates: before.multiplyAccumulates + multiplyAccumulates, precision: precision,
                output: description.output)
        } else {
            steps.append(step)
            lastReads = reads
            lastWrites = writes
        }
        descriptions.append(description)
    }

    func error(_ problem: String) -> InferenceError { .node(node.name, node.operation.operatorName, problem) }
}

// MARK: - Places reserved ahead

extension PlanBuilder {
    /// A place for `id`, made now if it has none.
    mutating func reserve(_ id: ValueID, as layout: Layout) -> Operand {
        if let place = places[id.index][layout] { return place }
        let place = addArena(byteCount: byteCount(of: id, in: layout))
        places[id.index][layout] = place
        return place
    }

    /// Declares that `id` will be written at `place`.
    mutating func reserve(_ id: ValueID, as layout: Layout, at place: Operand) { places[id.index][layout] = place }

    /// Whether a place was reserved for `id`.
    func hasPlace(_ id: ValueID, as layout: Layout) -> Bool { places[id.index][layout] != nil }

    /// Extends the life of a buffer to the next step.
    mutating func keepAlive(_ place: Operand) {
        buffers[Int(place.buffer)].firstUse = min(buffers[Int(place.buffer)].firstUse, steps.count)
        buffers[Int(place.buffer)].lastUse = max(buffers[Int(place.buffer)].lastUse, steps.count)
    }
}
