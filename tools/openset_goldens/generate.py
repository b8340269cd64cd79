"""Golden data for OpenSetTests and EvaluationTests, small enough to be committed.

    python tools/openset_goldens/generate.py        (from the repository's root)

tail         PyTorch: bilinear upsampling, argmax and scores
smoothing    PyTorch: boundary suppression and dilated smoothing
axes         PyTorch: source positions and weights of bilinear upsampling, recovered from impulses
resize       PyTorch (float64) and PIL: antialiased bilinear resizing
jpeg         libturbojpeg: YUV planes and RGB of the same JPEG stream
swscale      ffmpeg: YUV of limited range to RGB
metrics      scikit-learn: average precision, AUROC, FPR at TPR 95
"""

import ctypes
import io
import pathlib
import subprocess

import numpy as np
import sklearn.metrics
import torch
from PIL import Image

from tensors import write

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPENSET = ROOT / "Tests/OpenSetTests/Fixtures"
EVALUATION = ROOT / "Tests/EvaluationTests/Fixtures"


def tail() -> dict[str, np.ndarray]:
    arrays = {}
    cases = [
        # planes, classes kept, w, h, W, H, align_corners, amplitude
        (3, 3, 13, 9, 31, 22, True, 10),
        (3, 3, 13, 9, 31, 22, False, 10),
        (20, 19, 16, 8, 32, 16, True, 15),
        (20, 19, 17, 9, 71, 35, False, 15),
        (1, 1, 7, 5, 20, 11, False, 5),
        (40, 40, 9, 6, 18, 13, True, 30),
        (5, 5, 33, 21, 20, 12, False, 10),
        (4, 4, 21, 7, 42, 14, True, 400),
        (6, 6, 1, 1, 5, 4, True, 10),
        (6, 6, 8, 8, 8, 8, False, 10),
    ]
    generator = torch.Generator().manual_seed(22)
    outlier_generator = torch.Generator().manual_seed(23)
    for index, (planes, kept, w, h, wide, high, align, amplitude) in enumerate(cases):
        logits = (torch.rand(1, planes, h, w, generator=generator) * 2 - 1) * amplitude
        head = (torch.rand(1, 2, h, w, generator=generator) * 2 - 1) * min(amplitude, 60)
        outlier_class = (torch.rand(1, 1, h, w, generator=outlier_generator) * 2 - 1) * amplitude
        up, ood, beside = (
            torch.nn.functional.interpolate(x, (high, wide), mode="bilinear", align_corners=align)[0]
            for x in (logits, head, outlier_class))
        s, o = up[:kept].double(), ood.double()
        lse = torch.logsumexp(s, 0)
        outlier = torch.log_softmax(o, 0)[1]
        p = torch.softmax(s, 0)
        surest = p.max(0).values
        extended = torch.cat([s, beside.double()])
        q = torch.softmax(extended, 0)
        classes = torch.arange(kept)
        means = (classes % 7).double() * 1.5 - 2  # as TailReference.statistics
        deviations = torch.tensor([0.5, 1, 2, 4]).double()[classes % 4]
        entropy = torch.special.entr(p).sum(0) / np.log(kept) if kept > 1 else torch.zeros_like(lse)
        name = f"tail{index}."
        arrays[name + "shape"] = np.array([planes, kept, w, h, wide, high, int(align)], np.int32)
        arrays[name + "logits"] = logits[0].numpy()
        arrays[name + "head"] = head[0].numpy()
        arrays[name + "outlier-class"] = outlier_class[0].numpy()
        arrays[name + "labels"] = s.argmax(0).numpy().astype(np.uint8)
        top = s.topk(min(2, kept), 0).values
        arrays[name + "margin"] = (top[0] - top[-1]).float().numpy()
        for score, values in {
            "densehybrid": outlier - lse,
            "generative": -lse,
            "discriminative": outlier,
            "msp": 1 - surest,
            "max-logit": -s.max(0).values,
            "entropy": entropy,
            "generative:0.5": -0.5 * torch.logsumexp(s / 0.5, 0),
            "generative:2": -2 * torch.logsumexp(s / 2, 0),
            "oh-msp": outlier.exp() * (1 - surest),
            "oh-msp-joint": 1 - (1 - outlier.exp()) * surest,
            "void": torch.log_softmax(extended, 0)[-1],
            "uno": q[-1] - q[:-1].max(0).values,
            "sml": (means[s.argmax(0)] - s.max(0).values) / deviations[s.argmax(0)],
        }.items():
            arrays[name + score] = values.float().numpy()
    return arrays


def cross_dilation(x: torch.Tensor) -> torch.Tensor:
    """The greatest value of the four neighbours and the pixel itself; neighbours beyond the map do not count."""
    across = torch.nn.functional.max_pool2d(x, (1, 3), 1, (0, 1))
    down = torch.nn.functional.max_pool2d(x, (3, 1), 1, (1, 0))
    return torch.maximum(across, down)


def smoothing() -> dict[str, np.ndarray]:
    """Boundary suppression and dilated smoothing as in Jung et al., ICCV 2021, sections 3.2 and 3.3, with the sizes of
    the authors' public code: widths 3, 2, 1, 0 around borders, then a 7x7 Gaussian of deviation 1 with dilation 6."""
    arrays = {}
    generator = torch.Generator().manual_seed(24)
    taps = torch.exp(-(torch.arange(7).double() - 3) ** 2 / 2)
    gaussian = (taps[:, None] * taps[None, :]) / (taps[:, None] * taps[None, :]).sum()
    for index, (w, h, patches) in enumerate([(71, 47, 9), (40, 33, 3), (20, 9, 4), (5, 4, 2), (1, 1, 0), (97, 1, 5)]):
        score = (torch.rand(1, 1, h, w, generator=generator) * 2 - 1).float() * 8
        labels = torch.zeros(1, 1, h, w, dtype=torch.double)
        for _ in range(patches):
            x0, y0 = int(torch.randint(w, (1,), generator=generator)), int(torch.randint(h, (1,), generator=generator))
            side = int(torch.randint(1, 24, (1,), generator=generator))
            labels[..., y0:y0 + side, x0:x0 + side] = int(torch.randint(20, (1,), generator=generator))
        borders = (cross_dilation(labels) != -torch.nn.functional.max_pool2d(-labels, 3, 1, 1)).double()
        result = score.double()
        ones = torch.ones(1, 1, 3, 3, dtype=torch.double)
        for width in (3, 2, 1, 0):
            near = borders
            for _ in range(width):
                near = cross_dilation(near)
            far = 1 - near
            repeat = torch.nn.ReplicationPad2d(1)
            sums = torch.nn.functional.conv2d(repeat(result * far), ones)
            counts = torch.nn.functional.conv2d(repeat(far), ones)
            result = torch.where((near > 0) & (counts > 0), sums / counts.clamp(min=1), result)
        smooth = torch.nn.functional.conv2d(torch.nn.ReplicationPad2d(18)(result), gaussian[None, None], dilation=6)
        name = f"smoothing{index}."
        arrays[name + "score"] = score[0, 0].numpy()
        arrays[name + "labels"] = labels[0, 0].numpy().astype(np.uint8)
        arrays[name + "suppressed"] = result[0, 0].float().numpy()
        arrays[name + "smoothed"] = smooth[0, 0].float().numpy()
    return arrays


def axes() -> dict[str, np.ndarray]:
    arrays = {}
    sizes = [(512, 1024), (512, 1280), (311, 1242), (320, 1279), (93, 375), (1024, 700), (5, 5), (1, 9), (9, 1)]
    for n_in, n_out in sizes:
        for align in (True, False):
            impulses = torch.eye(n_in).reshape(1, n_in, 1, n_in)
            response = torch.nn.functional.interpolate(
                impulses, (1, n_out), mode="bilinear", align_corners=align)[0, :, 0].numpy()
            # The response of column i holds 1 - w at its left neighbour and w at its right one.
            position = np.arange(n_out)
            exact = position * (n_in - 1) / max(n_out - 1, 1) if align else (position + 0.5) * n_in / n_out - 0.5
            guess = np.clip(np.floor(exact + 1e-9).astype(int), 0, n_in - 1)
            left = np.array([
                max((c for c in (g - 1, g, g + 1) if 0 <= c < n_in and response[c, i] > 0), default=g)
                if response[g, i] == 0 else g - (g > 0 and response[g - 1, i] > 0)
                for i, g in enumerate(guess)])
            right = np.minimum(left + 1, n_in - 1)
            weight = np.where(right > left, response[right, position], 0).astype(np.float32)
            check = np.zeros_like(response)
            np.add.at(check, (left, position), np.float32(1) - weight)
            np.add.at(check, (right, position), weight)
            assert (check == response).all(), (n_in, n_out, align)
            name = f"axis.{n_in}.{n_out}.{int(align)}"
            arrays[name] = np.stack([left.astype(np.float32), weight])
    return arrays


def resize() -> dict[str, np.ndarray]:
    arrays = {}
    rng = np.random.default_rng(3)
    cases = [(37, 23, 19, 11), (37, 23, 64, 40), (40, 20, 40, 20), (61, 47, 7, 5), (50, 30, 50, 17), (5, 4, 3, 9)]
    for index, (w, h, wide, high) in enumerate(cases):
        picture = rng.integers(0, 256, (h, w, 3), dtype=np.uint8)
        planes = torch.from_numpy(picture).permute(2, 0, 1)[None].double()
        exact = torch.nn.functional.interpolate(
            planes, (high, wide), mode="bilinear", antialias=True, align_corners=False)
        pil = Image.fromarray(picture).resize((wide, high), Image.Resampling.BILINEAR)
        name = f"resize{index}."
        arrays[name + "picture"] = picture
        arrays[name + "torch64"] = exact[0].permute(1, 2, 0).float().numpy()
        arrays[name + "pil"] = np.asarray(pil)
    return arrays


def jpeg() -> dict[str, np.ndarray]:
    """Decodes one JPEG twice with the same library: to YUV planes, and to RGB (with fancy upsampling)."""
    library = ctypes.CDLL("libturbojpeg.so.0")
    library.tjInitDecompress.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(library.tjInitDecompress())
    arrays = {}
    rng = np.random.default_rng(4)
    for name, subsampling, w, h in [("420", 2, 45, 35), ("422", 1, 45, 19), ("444", 0, 23, 17), ("420even", 2, 48, 32)]:
        ramp = np.linspace(0, 255, w)[None, :, None] * np.array([1, 0.5, 0.2]) + rng.integers(0, 90, (h, w, 3))
        picture = Image.fromarray(np.clip(ramp, 0, 255).astype(np.uint8))
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=92, subsampling=subsampling)
        stream = file.getvalue()
        cw = w if name == "444" else (w + 1) // 2
        ch = (h + 1) // 2 if name.startswith("420") else h
        # The library pads luma to whole chroma samples.
        planes = [np.zeros((h + 1, w + 1), np.uint8), np.zeros((ch, cw), np.uint8), np.zeros((ch, cw), np.uint8)]
        pointers = (ctypes.c_void_p * 3)(*[p.ctypes.data for p in planes])
        strides = (ctypes.c_int * 3)(*[p.shape[1] for p in planes])
        status = library.tjDecompressToYUVPlanes(
            handle, stream, ctypes.c_ulong(len(stream)), pointers, 0, strides, 0, 0)
        planes[0] = planes[0][:h, :w]
        rgb = np.zeros((h, w, 3), np.uint8)
        status |= library.tjDecompress2(
            handle, stream, ctypes.c_ulong(len(stream)), rgb.ctypes.data_as(ctypes.c_void_p), w, 0, h, 0, 0)
        assert status == 0
        for key, array in zip(("y", "u", "v", "rgb"), planes + [rgb]):
            arrays[f"jpeg{name}.{key}"] = array
    return arrays


def swscale() -> dict[str, np.ndarray]:
    arrays = {}
    w, h = 48, 32
    rng = np.random.default_rng(5)
    smooth = np.asarray(Image.fromarray(rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)).resize((w, h), Image.BICUBIC))
    for matrix in ("bt601", "bt709"):
        flags = "accurate_rnd+full_chroma_int+full_chroma_inp+bitexact+bilinear"
        def convert(data, source, target, options):
            return subprocess.run(
                ["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", source, "-s", f"{w}x{h}", "-i", "-",
                 "-vf", f"scale={options}:flags={flags}", "-pix_fmt", target, "-f", "rawvideo", "-"],
                input=data, capture_output=True, check=True).stdout
        yuv = convert(smooth.tobytes(), "rgb24", "yuv444p", f"out_color_matrix={matrix}:out_range=tv")
        rgb = convert(yuv, "yuv444p", "rgb24", f"in_color_matrix={matrix}:in_range=tv")
        arrays[f"swscale.{matrix}.yuv"] = np.frombuffer(yuv, np.uint8).reshape(3, h, w)
        arrays[f"swscale.{matrix}.rgb"] = np.frombuffer(rgb, np.uint8).reshape(h, w, 3)
    return arrays


def metrics() -> dict[str, np.ndarray]:
    arrays = {}
    rng = np.random.default_rng(6)
    for index, (count, positives, digits) in enumerate(
        [(1000, 0.1, 6), (1000, 0.1, 1), (3000, 0.02, 2), (200, 0.5, 0), (40, 0.5, 1), (20, 0.05, 3)]):
        labels = np.zeros(count, np.uint8)
        labels[: max(int(count * positives), 1)] = 1
        rng.shuffle(labels)
        scores = np.round(rng.normal(size=count) + 1.5 * labels, digits).astype(np.float32)
        fpr, tpr, thresholds = sklearn.metrics.roc_curve(labels, scores, drop_intermediate=False)
        at_least, above = np.argmax(tpr >= 0.95), np.argmax(tpr > 0.95)
        arrays[f"metrics{index}.labels"] = labels
        arrays[f"metrics{index}.scores"] = scores
        at_fpr5 = tpr[fpr <= 0.05].max()
        arrays[f"metrics{index}.expected"] = np.array([
            sklearn.metrics.average_precision_score(labels, scores), sklearn.metrics.roc_auc_score(labels, scores),
            fpr[at_least], fpr[above], thresholds[at_least], thresholds[above], at_fpr5], np.float64)
    return arrays


def main() -> None:
    torch.set_num_threads(1)
    write(OPENSET / "tail.safetensors", tail())
    write(OPENSET / "smoothing.safetensors", smoothing())
    write(OPENSET / "axes.safetensors", axes())
    write(OPENSET / "pictures.safetensors", resize() | jpeg() | swscale())
    write(EVALUATION / "metrics.safetensors", metrics())


if __name__ == "__main__":
    main()
