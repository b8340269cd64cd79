import Foundation
import OpenSet
import TestSupport
import Testing

@Suite struct GroundCameraTests {
    /// Projects a point of the road, `forward` and `sideways` metres from below the camera: rotation, then the pinhole.
    private func pixel(
        forward: Double, sideways: Double, metres: Double, pitch: Double, fx: Double, fy: Double, cx: Double, cy: Double
    ) -> (u: Double, v: Double)? {
        let angle = pitch * .pi / 180
        let depth = forward * cos(angle) + metres * sin(angle)
        let below = metres * cos(angle) - forward * sin(angle)
        return depth > 0 ? (cx + fx * sideways / depth, cy + fy * below / depth) : nil
    }

    @Test func distancesOfProjectedPointsComeBack() throws {
        var random = SeededGenerator(label: "ground camera")
        var checked = 0, checkedScaled = 0
        while checked < 200 {
            let metres = Double.random(in: 0.5...3, using: &random), pitch = Double.random(in: -8...20, using: &random)
            let fx = Double.random(in: 300...2000, using: &random), fy = Double.random(in: 300...2000, using: &random)
            let cx = Double.random(in: 400...700, using: &random), cy = Double.random(in: 200...400, using: &random)
            let camera = try GroundCamera(
                fx: fx, fy: fy, cx: cx, cy: cy, width: 1280, height: 720, metres: metres, pitchDegrees: pitch)
            let forward = Double.random(in: 2...60, using: &random),
                sideways = Double.random(in: -9...9, using: &random)
            guard
                let (u, v) = pixel(
                    forward: forward, sideways: sideways, metres: metres, pitch: pitch, fx: fx, fy: fy, cx: cx, cy: cy),
                // Within a pixel of the horizon there is no answer.
                v - 1 > cy - fy * tan(pitch * .pi / 180)
            else { continue }
            checked += 1
            let expected = (forward * forward + sideways * sideways).squareRoot()
            let found = try #require(camera.groundDistance(u: u, v: v))
            #expect(abs(found - expected) < 1e-6 * expected)
            // The same point in a picture of half the width and a third of the height.
            let small = camera.scaled(width: 640, height: 240)
            let (us, vs) = ((u + 0.5) / 2 - 0.5, (v + 0.5) / 3 - 0.5)
            // Within a pixel of the smaller picture's horizon there is no answer.
            guard let scaled = small.groundDistance(u: us, v: vs) else { continue }
            checkedScaled += 1
            #expect(abs(scaled - expected) < 1e-6 * expected)
        }
        #expect(checkedScaled > 100)
    }

    @Test func nothingIsOnTheGroundAboveTheHorizon() throws {
        let camera = try GroundCamera(
            fx: 1000, fy: 1000, cx: 640, cy: 360, width: 1280, height: 720, metres: 1.5, pitchDegrees: 0)
        for v in [0.0, 359, 360, 361] { #expect(camera.groundDistance(u: 640, v: v) == nil, "row \(v)") }
        #expect(camera.groundDistance(u: 640, v: 410) == 30)
        // Looking up by more than half the field of view, the camera sees no road at all.
        let raised = try GroundCamera(
            fx: 1000, fy: 1000, cx: 640, cy: 360, width: 1280, height: 720, metres: 1.5, pitchDegrees: -30)
        #expect(raised.groundDistance(u: 640, v: 719) == nil)
    }

    @Test func theFootOfABoxIsTheMiddleOfItsLowerEdge() throws {
        let camera = try GroundCamera(
            fx: 1000, fy: 1000, cx: 639.5, cy: 359.5, width: 1280, height: 720, metres: 1.5, pitchDegrees: 0)
        let region = OutlierRegion(
            x: 630, y: 380, width: 20, height: 30, area: 600, centroidX: 0, centroidY: 0, maximumScore: 0)
        // Rows 380 to 409: the edge is 50 pixels below the horizon.
        #expect(camera.groundDistance(to: region) == 30)
    }

    @Test func impossibleCamerasAreRefused() {
        func camera(fx: Double = 1, cx: Double = 0, width: Int = 1, metres: Double = 1, pitch: Double = 0) throws {
            _ = try GroundCamera(
                fx: fx, fy: 1, cx: cx, cy: 0, width: width, height: 1, metres: metres, pitchDegrees: pitch)
        }
        #expect(throws: OpenSetError.self) { try camera(fx: 0) }
        #expect(throws: OpenSetError.self) { try camera(cx: .nan) }
        #expect(throws: OpenSetError.self) { try camera(width: 0) }
        #expect(throws: OpenSetError.self) { try camera(metres: -1) }
        #expect(throws: OpenSetError.self) { try camera(pitch: 90) }
    }
}
