"""A tile that is too large for the registers must be found."""

import platform
import shutil
from pathlib import Path

import pytest

from tools.checks.spills import violations

KERNELS = Path(__file__).parents[3] / "Sources/CKernels"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the kernels are of x86-64")
def test_a_large_tile_spills(tmp_path: Path) -> None:
    copy = tmp_path / "CKernels"
    shutil.copytree(KERNELS, copy)
    file = copy / "x86/convolution_avx2.c"
    text = file.read_text()
    assert "#define DH_TILE 6\n" in text
    file.write_text(text.replace("#define DH_TILE 6\n", "#define DH_TILE 9\n"))
    (problem,) = violations(copy, [("x86/convolution_avx2.c", "avx2_16_convolve", 0)])
    assert "avx2_16_convolve accesses vectors on the stack" in problem


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the kernels are of x86-64")
def test_a_kernel_that_is_gone_is_a_problem() -> None:
    (problem,) = violations(KERNELS, [("x86/convolution_avx2.c", "no_such_kernel", 0)])
    assert "no function no_such_kernel" in problem
