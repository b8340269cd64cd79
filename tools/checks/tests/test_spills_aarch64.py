"""A NEON tile that is too large for the registers, and one that is not unrolled, must be found."""

import shutil
from pathlib import Path

from tools.checks.spills_aarch64 import Hot, violations

KERNELS = Path(__file__).parents[3] / "Sources/CKernels"


def changed(tmp_path: Path, file: str, old: str, new: str) -> Path:
    copy = tmp_path / "CKernels"
    shutil.copytree(KERNELS, copy)
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new))
    return copy


def test_a_large_tile_spills(tmp_path: Path) -> None:
    file = "arm/convolution_neon.c"
    kernels = changed(tmp_path, file, "CASE(7) CASE(8)", "CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13)")
    text = (kernels / file).read_text()
    (kernels / file).write_text(text.replace("TILE = 8", "TILE = 13"))
    (problem,) = violations(kernels, (Hot(file, "convolve", "fmla", 104),))
    assert "accesses vectors on the stack" in problem


def test_a_tile_in_memory_is_found(tmp_path: Path) -> None:
    file = "arm/quantized_finish.inc"
    kernels = changed(tmp_path, file, "#pragma clang loop unroll(full)", "#pragma clang loop unroll(disable)")
    hot = Hot("arm/quantized_convolution_neondot.c", "dot_convolve", "sdot", 80)
    (problem,) = violations(kernels, (hot,))
    assert "accesses vectors on the stack" in problem


def test_a_kernel_that_is_gone_is_a_problem() -> None:
    (problem,) = violations(KERNELS, (Hot("arm/convolution_neon.c", "no_such_kernel", "fmla", 1),))
    assert "no such function" in problem
