// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let cSettings: [CSetting] = [
    .unsafeFlags(["-std=c11", "-Wall", "-Wextra", "-Werror", "-O3", "-ffp-contract=on"])
]

/// A library target of the house with its strict settings; see CONTRIBUTING.md for the direction of dependencies.
func room(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies, exclude: exclude,
        swiftSettings: swiftSettings)
}

let rooms: [Target] = [
    .target(name: "CTestOutput", path: "Tests/CTestOutput", cSettings: cSettings),
    .target(
        name: "TestSupport", dependencies: ["CTestOutput"], path: "Tests/TestSupport", swiftSettings: swiftSettings),
    .target(name: "CAllocationCounter", cSettings: cSettings),
    .target(name: "CKernels", cSettings: cSettings, linkerSettings: [.linkedLibrary("m")]),
    .systemLibrary(name: "CHeap"),
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .target(name: "CPng", cSettings: cSettings, linkerSettings: [.linkedLibrary("png")]),
    .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
    .target(name: "CDigest", cSettings: cSettings),
    .target(name: "CThreads", cSettings: cSettings),
    .target(name: "CHDF5", cSettings: cSettings, linkerSettings: [.linkedLibrary("dl")]),
    .systemLibrary(name: "CCompression", providers: [.apt(["liblz4-dev", "libzstd-dev", "zlib1g-dev"])]),
    .target(name: "CMachinePeaks", cSettings: cSettings),
    room("Kernels", ["CKernels", "CThreads"]),
    tests("Kernels", ["CKernels"]),
    room("ModelGraph"),
    tests("ModelGraph", exclude: ["Fixtures"]),
    room("OnnxImport", ["ModelGraph", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
    tests("OnnxImport", ["ModelGraph", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
    room("Inference", ["CHeap", "CKernels", "COpenBLAS", "Kernels", "ModelGraph"]),
    tests("Inference", ["CKernels", "Kernels", "ModelGraph", "OnnxImport"]),
    room("OpenSet", ["CKernels", "Kernels"], exclude: ["Scores/README.md"]),
    tests("OpenSet", ["CKernels", "Kernels"], exclude: ["Fixtures"]),
    room("Evaluation", ["CCompression", "CHDF5"]),
    tests("Evaluation", exclude: ["Fixtures"]),
    room(
        "WebView", ["Streaming", .product(name: "FlyingSocks", package: "FlyingFox")],
        resources: [.embedInCode("Pages")]),
    tests("WebView"),
    room(
        "Perception",
        [
            "CCompression", "CDigest", "Evaluation", "FrameIO", "Inference", "Kernels", "ModelGraph", "Monitoring",
            "OnnxImport",
            "OpenSet", "Streaming", "WebView", "Yams",
        ]),
    room(
        "Benchmarking",
        [
            "CMachinePeaks", "FrameIO", "Inference", "Kernels", "ModelGraph", "Monitoring", "OpenSet", "Perception",
            "Streaming",
        ]),
    tests("Benchmarking", ["Inference", "Kernels", "OpenSet", "Perception"]),
    .executableTarget(
        name: "densehybrid",
        dependencies: [
            "Benchmarking", "Monitoring", "Perception", "Evaluation", "FrameIO", "OpenSet", "Kernels", "Streaming",
            "WebView",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ], swiftSettings: swiftSettings),
    tests(
        "Perception",
        ["Evaluation", "FrameIO", "Inference", "Kernels", "ModelGraph", "Monitoring", "OpenSet", "Streaming"]),
    .testTarget(
        name: "CommandLineTests",
        dependencies: ["densehybrid", .product(name: "ArgumentParser", package: "swift-argument-parser")],
        swiftSettings: swiftSettings),
    room("Streaming", ["CAllocationCounter", .product(name: "Histogram", package: "hdrhistogram-swift")]),
    tests("Streaming"),
    .testTarget(
        name: "AllocationTests", dependencies: ["CAllocationCounter", "FrameIO", "Monitoring", "Streaming"],
        swiftSettings: swiftSettings),
    room("FrameIO", ["CAllocationCounter", "CCompression", "CDigest", "CPng", "CTurboJPEG", "CWebP"]),
    tests("FrameIO", ["CAllocationCounter", "CDigest"]),
    room("Monitoring", ["FrameIO", "Streaming"]),
    tests("Monitoring", ["FrameIO", "Streaming"]),
    .testTarget(
        name: "ConformanceTests", dependencies: ["Inference", "Kernels", "OnnxImport", "ModelGraph"],
        exclude: ["not-run.tsv"],
        swiftSettings: swiftSettings),
]

/// Only the named targets and what they stand on; all of them when none is named.
func narrowed(_ targets: [Target], to names: String?) -> [Target] {
    guard var pending = names?.split(separator: ",").map(String.init) else { return targets }
    var kept: Set<String> = []
    while let name = pending.popLast() {
        guard let target = targets.first(where: { $0.name == name }), kept.insert(name).inserted else { continue }
        for dependency in target.dependencies {
            switch dependency {
            case .targetItem(let name, _), .byNameItem(let name, _): pending.append(name)
            default: break
            }
        }
    }
    return targets.filter { kept.contains($0.name) }
}

// DENSEHYBRID_TARGETS=KernelsTests,StreamingTests keeps the sanitizer builds of tools/test small.
let targets = narrowed(rooms, to: Context.environment["DENSEHYBRID_TARGETS"])

let package = Package(
    name: "densehybrid",
    products: targets.contains { $0.name == "densehybrid" }
        ? [.executable(name: "densehybrid", targets: ["densehybrid"])] : [],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: targets
)
