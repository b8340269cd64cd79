import Testing

@testable import Inference

/// How steps are divided: every row of every plane once, and the same part of the picture for the same share of chunks.
@Suite struct PlaneBandsTests {
    @Test func chunksCoverEveryRowOnce() {
        for height in [1, 2, 5, 7, 13, 32, 63, 256] {
            for count in [1, 2, 3, 8, 12, 300] {
                let chunks = RowChunks(height: height, count: count)
                var next = 0
                for chunk in 0..<chunks.count {
                    let rows = chunks.rows(of: chunk)
                    #expect(rows.lowerBound == next && !rows.isEmpty && rows.count <= chunks.most)
                    next = rows.upperBound
                }
                #expect(next == height)
            }
        }
    }

    @Test func chunksAreNoLargerThanAsked() {
        for threads in 1...5 {
            for (height, most) in [(32, 4), (33, 4), (5, 7), (128, 5), (3, 1)] {
                let chunks = RowChunks(height: height, most: most, threads: threads)
                #expect(chunks.most <= most)
                #expect(chunks.count == height || Int(chunks.count) % threads == 0)
            }
        }
    }

    @Test func bandsCoverEveryPlaneAndFollowThePicture() {
        for threads in [1, 2, 3, 8] {
            for planes in [1, 2, 3, 16] {
                for (height, width) in [(1, 1), (5, 7), (26, 52), (128, 256)] {
                    let bands = PlaneBands(planes: planes, rows: height, rowBytes: width * 32, threads: threads)
                    var seen = [[Int]](repeating: [], count: planes)
                    var before = 0
                    for chunk in 0..<bands.chunkCount {
                        let (plane, rows) = bands.part(chunk)
                        seen[plane] += rows
                        // Chunks go down the picture.
                        #expect(rows.lowerBound >= before)
                        before = rows.lowerBound
                    }
                    #expect(seen.allSatisfy { $0 == Array(0..<height) })
                }
            }
        }
    }

    @Test func halvesOfAPictureAreHalvesOfTheChunks() {
        for planes in [1, 2, 4, 6, 64] {
            let bands = PlaneBands(planes: planes, rows: 64, rowBytes: 128 * 32, threads: 2)
            #expect(bands.chunkCount % 2 == 0)
            for chunk in 0..<bands.chunkCount {
                let isUpper = bands.part(chunk).rows.lowerBound < 32
                #expect(isUpper == (chunk < bands.chunkCount / 2))
            }
        }
    }
}
