"""Checks that the build of the 256-bit VNNI kernels for AVX-VNNI has no instruction that needs AVX-512.

    python3 -m tools.checks.encodings Sources/CKernels

No machine of this project executes AVX-VNNI; its kernels run here in the EVEX encoding of AVX-512, from the same source.
This looks at what the tests cannot: the VEX build multiplies with VEX-encoded vpdpbusd, and nothing in it begins with
62, the EVEX prefix.
"""

import re
import sys
import tempfile
from pathlib import Path

from tools.checks.spills import disassembly

FILE = "x86/quantized_convolution_avxvnni.c"
# Address, bytes, instruction.
INSTRUCTION = re.compile(r"^\s*[0-9a-f]+:\t((?:[0-9a-f]{2} )+)\s*\t(.*)$")


def violations(kernels: Path, file: str = FILE) -> list[str]:
    with tempfile.TemporaryDirectory() as scratch:
        lines = disassembly(kernels, file, Path(scratch), "--wide")
    instructions = [match.groups() for line in lines if (match := INSTRUCTION.match(line))]
    problems = []
    if not any("vpdpbusd" in text and encoded.startswith("c4") for encoded, text in instructions):
        problems.append(f"{file}: no VEX-encoded vpdpbusd among {len(instructions)} instructions")
    wide = [text.strip() for encoded, text in instructions if encoded.startswith("62")]
    if wide:
        problems.append(f"{file}: {len(wide)} EVEX instructions, such as {wide[0]}: look at its target attribute")
    return problems


def main() -> int:
    problems = violations(Path(sys.argv[1]))
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"encodings: {FILE}, {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
