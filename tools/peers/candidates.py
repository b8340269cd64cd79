"""The ways in which the peers can be run: export form, precision, pinning. The best of each is what is compared."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from . import artefacts
from .networks import ESPNETV2, Network, Size

NETWORK, MAP = "network", "image-to-map"
# What --only and the table call fp32 peers, and those that give up precision for speed.
EXACT, REDUCED = "fp32", "int8"
# How what follows the network is written in the graph: as cheaply as exactness allows, or as its formulas read.
LEAN, LITERAL = "lean", "literal"


@dataclass(frozen=True)
class Candidate:
    """One way to run one engine on one job."""

    engine: str
    network: str
    size: str
    job: str
    form: str
    # fp32, bf16, int8, or int8+bf16: int8 where quantised, bf16 elsewhere.
    precision: str
    threads: int
    pinning: bool = False
    tail: str = LEAN

    @property
    def label(self) -> str:
        """How tables name it."""
        tail = f", {self.tail} tail" if self.tail != LEAN else ""
        return f"{self.engine} {self.precision} ({self.form}{', pinned' if self.pinning else ''}{tail})"

    @property
    def precision_class(self) -> str:
        """What it may be compared with."""
        return EXACT if self.precision == "fp32" else REDUCED

    def artefact(self, network: Network) -> Path:
        """The file that the engine loads; made where it is missing."""
        size = Size.parse(self.size)
        quantised = self.precision.startswith("int8")
        if self.engine == "openvino":
            return (artefacts.openvino_int8 if quantised else artefacts.openvino_form)(network, size, self.form)
        if self.engine == "onnxruntime":
            return (artefacts.onnxruntime_int8 if quantised else artefacts.onnx_form)(network, size, self.form)
        return artefacts.ncnn_form(network, size)

    def to_json(self) -> str:
        fields = asdict(self)
        if self.tail == LEAN:
            # As it was before there was another, so that trials that are kept stay known.
            del fields["tail"]
        return json.dumps(fields)

    @staticmethod
    def from_json(text: str) -> Candidate:
        return Candidate(**json.loads(text))


def candidates(
    network: Network, size: Size, job: str, threads: int, classes: tuple[str, ...], engines: tuple[str, ...]
) -> list[Candidate]:
    """Everything worth a try, without pinning: that is tried on the best afterwards."""
    found: list[Candidate] = []

    def add(engine: str, form: str, *precisions: str) -> None:
        for precision in precisions:
            candidate = Candidate(engine, network.name, str(size), job, form, precision, threads)
            if engine in engines and candidate.precision_class in classes:
                found.append(candidate)

    for form in artefacts.FORMS:
        add("openvino", form, "fp32")
    add("openvino", "averagepool", "bf16", "int8", "int8+bf16")
    if network is ESPNETV2:
        # Its adaptive pooling is what the PyTorch front end keeps as one operator; LDN-121 is slower by that way.
        add("openvino", "torch", "bf16", "int8", "int8+bf16")
    for form in ("matmul", "averagepool", "dynamo"):
        add("onnxruntime", form, "fp32")
    add("onnxruntime", "averagepool", "int8")
    if job == NETWORK:
        add("ncnn", "pnnx", "fp32")
    return found
