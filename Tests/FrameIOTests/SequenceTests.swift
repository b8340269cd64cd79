import Foundation
import TestSupport
import Testing

@testable import FrameIO

@Suite struct SequenceTests {
    /// A drive of empty folders and small pictures with the given names.
    static func drive(_ names: [String]) throws -> Scratch {
        let scratch = try Scratch()
        let pictures = try jpegs(4)
        for (index, name) in names.enumerated() { try scratch.write(pictures[index % 4], to: name) }
        return scratch
    }

    static func names(_ source: any FrameSource) throws -> [String] {
        let table = try #require(source.names)
        return (0..<table.count).map(table.string)
    }

    @Test func naturalOrder() {
        let names = [
            "a1", "a2", "a10", "a10b", "b", "b01", "b1", "b2", "b002", "c9z", "c10a", "x99999999999999999999999",
        ]
        // Equal numbers: the fewer remaining characters, then plain text order, decide.
        let expected = [
            "a1", "a2", "a10", "a10b", "b", "b01", "b1", "b002", "b2", "c9z", "c10a", "x99999999999999999999999",
        ]
        var random = SeededGenerator(label: "natural order")
        for _ in 0..<20 {
            #expect(names.shuffled(using: &random).sorted(by: NaturalOrder.precedes) == expected)
        }
    }

    @Test func folderInNaturalOrderWithoutLabels() throws {
        let scratch = try Self.drive(["f10.jpg", "f9.jpg", "f1.JPG", "f9_label.png", "notes.txt", ".hidden.jpg"])
        let source = try FrameInput.open(scratch.path)
        #expect(try Self.names(source) == ["f1", "f9", "f10"])
        #expect(source.properties.frameCount == 3)
        #expect(source.properties.notes.contains { $0.contains("1 label") })
        let reading = try Reading(source)
        #expect(reading.frames.map(\.header.id) == [0, 1, 2])
        #expect(reading.frames.map(\.header.nameIndex) == [0, 1, 2])
        #expect(reading.frames.allSatisfy { $0.header.captureNanoseconds == nil && $0.header.width == 32 })
        #expect(try source.rewind())
        #expect(try Reading(source).frames.map(\.bytes) == reading.frames.map(\.bytes))
    }

    @Test func patternGlobListAndSingleFile() throws {
        let scratch = try Self.drive(["s_000002.jpg", "s_000010.jpg", "s_1000000.jpg", "s_3.jpg", "s_0000004.jpg"])
        #expect(try Self.names(FrameInput.open(scratch.file("s_%06d.jpg"))) == ["s_000002", "s_000010", "s_1000000"])
        #expect(try Self.names(FrameInput.open(scratch.file("s_%d.jpg"))) == ["s_3", "s_1000000"])
        #expect(try Self.names(FrameInput.open(scratch.file("s_0*.jpg"))) == ["s_000002", "s_0000004", "s_000010"])
        #expect(try Self.names(FrameInput.open(scratch.file("s_3.jpg"))) == ["s_3"])
        try scratch.write("# frames\ns_3.jpg\n\n\(scratch.file("s_000010.jpg"))\r\n", to: "list.txt")
        #expect(try Self.names(FrameInput.open(scratch.file("list.txt"))) == ["s_3", "s_000010"])
        #expect(try Reading(FrameInput.open(scratch.file("list.txt"))).frames.count == 2)
        #expect(message { _ = try FrameInput.open(scratch.file("t_%06d.jpg")) }.contains("no file"))
        #expect(message { _ = try FrameInput.open(scratch.file("t*.jpg")) }.contains("no JPEG, PNG or WebP"))
        #expect(message { _ = try FrameInput.open(scratch.file("absent.jpg")) }.contains("No such file"))
        #expect(message { _ = try FrameInput.open(scratch.file("s_%d_%d.jpg")) }.contains("exactly one"))
    }

    @Test func eurocTimes() throws {
        for header in ["#timestamp [ns],filename\n", "ns,filename\n", ""] {
            let scratch = try Self.drive(["images/1403636579763555584.jpg", "images/b.jpg", "images/a.jpg"])
            try scratch.write(
                header + "1403636579763555584,1403636579763555584.jpg\r\n1403636579813555456,b.jpg\n", to: "data.csv")
            let source = try FrameInput.open(scratch.path)
            #expect(source.properties.hasCaptureTimes)
            #expect(source.properties.notes.contains { $0.contains("1 pictures") })
            let reading = try Reading(source)
            #expect(
                reading.frames.map(\.header.captureNanoseconds) == [
                    1_403_636_579_763_555_584, 1_403_636_579_813_555_456,
                ])
            #expect(try Self.names(source) == ["1403636579763555584", "b"])
            #expect(try FrameInput.open(scratch.file("images/")).properties.frameCount == 2)
            #expect(try FrameInput.open(scratch.file("images")).properties.hasCaptureTimes)
        }
    }

    @Test func timesBesideThePictures() throws {
        let scratch = try Self.drive(["a.jpg", "b.jpg"])
        try scratch.write("#timestamp [ns],filename\n2000000000000,b.jpg\n3000000000000,a.jpg\n", to: "data.csv")
        let source = try FrameInput.open(scratch.path)
        #expect(try Self.names(source) == ["b", "a"])
        #expect(try Reading(source).frames.map(\.header.captureNanoseconds) == [2_000_000_000_000, 3_000_000_000_000])
    }

    @Test func aHeaderThatNamesNanosecondsSettlesTheUnit() throws {
        let scratch = try Self.drive(["a.jpg", "b.jpg"])
        try scratch.write("#timestamp [ns],filename\n1000,a.jpg\n2500,b.jpg\n", to: "data.csv")
        #expect(try Reading(FrameInput.open(scratch.path)).frames.map(\.header.captureNanoseconds) == [1000, 2500])
        try scratch.write("#timestamp,filename\n1000,a.jpg\n2500,b.jpg\n", to: "data.csv")
        let seconds = try Reading(FrameInput.open(scratch.path)).frames.map(\.header.captureNanoseconds)
        #expect(seconds == [1_000_000_000_000, 2_500_000_000_000])
    }

    @Test func kittiTimes() throws {
        let scratch = try Self.drive(["data/0000000000.png", "data/0000000001.png", "data/0000000002.png"])
        try scratch.write("2011-09-26 13:02:25.964389445\n2011-09-26 13:02:26.067\n", to: "timestamps.txt")
        for input in [scratch.path, scratch.file("data")] {
            let source = try FrameInput.open(input)
            #expect(
                try Reading(source).frames.map(\.header.captureNanoseconds) == [
                    1_317_042_145_964_389_445, 1_317_042_146_067_000_000, nil,
                ])
            #expect(source.properties.notes.contains { $0.contains("2 times for 3 pictures") })
        }
        try scratch.write("0.000000e+00\n1.036224e-01\n2.07\n", to: "timestamps.txt")
        #expect(
            try Reading(FrameInput.open(scratch.path)).frames.map(\.header.captureNanoseconds) == [
                0, 103_622_400, 2_070_000_000,
            ])
        try scratch.write("0.5\nlater\n", to: "timestamps.txt")
        #expect(message { _ = try FrameInput.open(scratch.path) }.contains("line 2"))
    }

    @Test func kittiCameras() throws {
        // A raw drive: each camera has a folder with times and another folder of pictures.
        let raw = try Self.drive(["image_02/data/0000000000.png", "image_02/data/0000000001.png"])
        try raw.write("2011-09-26 13:02:25.964389445\n2011-09-26 13:02:26.067\n", to: "image_02/timestamps.txt")
        for input in [raw.path, raw.file("image_02"), raw.file("image_02/data")] {
            #expect(
                try Reading(FrameInput.open(input)).frames.map(\.header.captureNanoseconds) == [
                    1_317_042_145_964_389_445, 1_317_042_146_067_000_000,
                ])
        }
        // An odometry sequence: one file of times for all cameras.
        let sequence = try Self.drive(["image_2/000000.png", "image_2/000001.png"])
        try sequence.write("0.0\n0.1\n", to: "times.txt")
        for input in [sequence.path, sequence.file("image_2")] {
            #expect(
                try Reading(FrameInput.open(input)).frames.map(\.header.captureNanoseconds) == [0, 100_000_000])
        }
        let pair = try Self.drive(["image_2/000000.png", "image_3/000000.png"])
        #expect(message { _ = try FrameInput.open(pair.path) }.contains("image_2, image_3"))
    }

    @Test func tumTimes() throws {
        let scratch = try Self.drive(["rgb/1305031102.175304.png", "rgb/1305031102.211214.png"])
        try scratch.write(
            """
            # color images
            # timestamp filename
            1305031102.175304 rgb/1305031102.175304.png
            1305031102.211214 rgb/1305031102.211214.png
            """, to: "rgb.txt")
        for input in [scratch.path, scratch.file("rgb.txt"), scratch.file("rgb")] {
            #expect(
                try Reading(FrameInput.open(input)).frames.map(\.header.captureNanoseconds) == [
                    1_305_031_102_175_304_000, 1_305_031_102_211_214_000,
                ])
        }
    }

    @Test func datesAcrossLeapYears() throws {
        let formatter = ISO8601DateFormatter()
        for text in [
            "1970-01-01T00:00:00", "2000-02-29T23:59:59", "2024-02-29T12:00:00", "2024-03-01T00:00:00",
            "2100-12-31T01:02:03",
        ] {
            let date = try #require(formatter.date(from: text + "Z"))
            #expect(SidecarTimes.dateAndTime(text[...]) == Int64(date.timeIntervalSince1970) * 1_000_000_000)
        }
        #expect(SidecarTimes.dateAndTime("2024-13-01 00:00:00") == nil)
        #expect(SidecarTimes.dateAndTime("2024-01-01 24:00:00") == nil)
        #expect(SidecarTimes.dateAndTime("2024-01-01 00:00:-1") == nil)
    }

    @Test func damagedFilesKeepTheirNumbers() throws {
        let scratch = try Self.drive(["1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg"])
        try scratch.write("", to: "2.jpg")
        try scratch.write("no picture", to: "3.jpg")
        let source = try FrameInput.open(scratch.path)
        try FileManager.default.removeItem(atPath: scratch.file("4.jpg"))
        let reading = try Reading(source)
        #expect(reading.frames.map(\.header.id) == [0, 4])
        #expect(reading.corruptions.map(\.lostFrame) == [1, 2, 3])
        #expect(reading.corruptions.map(\.reason) == [.notAPicture, .notAPicture, .unreadableFile])
        #expect(!reading.truncated)
    }

    @Test func equalNamesInDifferentFolders() throws {
        let scratch = try Self.drive(["a/1.jpg", "b/1.jpg"])
        try scratch.write("a/1.jpg\nb/1.jpg\n", to: "list.txt")
        let names = try Self.names(FrameInput.open(scratch.file("list.txt")))
        #expect(Set(names).count == 2)
        #expect(names.allSatisfy { !$0.contains("/") })
        try scratch.write("a/1.jpg\na/1.jpg\n", to: "list.txt")
        #expect(try FrameInput.open(scratch.file("list.txt")).names == nil)
    }

    @Test func emptyFolder() throws {
        let scratch = try Scratch()
        #expect(message { _ = try FrameInput.open(scratch.path) }.contains("no JPEG, PNG or WebP"))
    }
}
