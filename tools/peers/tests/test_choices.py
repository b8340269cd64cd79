"""Which ways of running a peer are tried, and what the command line takes."""

from dataclasses import replace

import pytest

from tools.peers import artefacts
from tools.peers.__main__ import parse
from tools.peers.candidates import EXACT, LITERAL, MAP, NETWORK, REDUCED, Candidate, candidates
from tools.peers.networks import ESPNETV2, Network, Size
from tools.peers.works import ALL_ENGINES, RACES, WORKS


def test_every_form_and_precision_is_tried():
    found = candidates(ESPNETV2, Size(1024, 512), NETWORK, 2, (EXACT, REDUCED), ALL_ENGINES)
    assert len(set(found)) == len(found)
    tried = {(c.engine, c.form, c.precision) for c in found}
    for form in ("matmul", "averagepool", "torch", "dynamo"):
        assert ("openvino", form, "fp32") in tried
    assert {precision for engine, _, precision in tried if engine == "openvino"} == {"fp32", "bf16", "int8", "int8+bf16"}
    assert ("onnxruntime", "averagepool", "int8") in tried and ("ncnn", "pnnx", "fp32") in tried


def test_a_class_compares_like_with_like():
    exact = candidates(ESPNETV2, Size(1024, 512), MAP, 2, (EXACT,), ALL_ENGINES)
    assert exact and {c.precision for c in exact} == {"fp32"}
    reduced = candidates(ESPNETV2, Size(1024, 512), MAP, 2, (REDUCED,), ("openvino",))
    assert reduced and all(c.precision != "fp32" and c.engine == "openvino" for c in reduced)


def test_candidates_survive_the_way_to_the_worker():
    candidate = Candidate("openvino", "espnetv2", "1024x512", MAP, "torch", "int8+bf16", 2, pinning=True)
    assert Candidate.from_json(candidate.to_json()) == candidate
    assert candidate.label == "openvino int8+bf16 (torch, pinned)"
    literal = replace(candidate, tail=LITERAL)
    assert Candidate.from_json(literal.to_json()) == literal
    assert literal.label == "openvino int8+bf16 (torch, pinned, literal tail)"


def test_works_of_the_table():
    assert set(WORKS) == {
        "ldn121-image-to-map", "ldn121-network", "espnetv2-image-to-map", "tail-share", "memory", "ldn121-network-avx2",
        "pipeline-overhead", "disturbed"}
    held = next(race for race in RACES if race.work == "ldn121-network-avx2")
    assert held.isa == "avx2" and held.peer_environment == {"ONEDNN_MAX_CPU_ISA": "AVX2"}


def test_command_line():
    chosen = parse(["--only", "memory", "--size", "1024x512", "--frames", "5"])
    assert (chosen.only, chosen.size, chosen.frames) == ("memory", Size(1024, 512), 5)
    for wrong in (["--only", "everything"], ["--size", "1024"], ["--size", "0x512"], ["--frames", "0"]):
        with pytest.raises(SystemExit) as failure:
            parse(wrong)
        assert failure.value.code == 2


def test_what_is_kept_belongs_to_the_weights(tmp_path):
    for digest in ("0123456789", "abcdef0123"):
        (tmp_path / digest).mkdir()
        (tmp_path / digest / "model.yaml").write_text(f"model_sha256: {digest}\n")
    kept = {artefacts.folder(Network("one", tmp_path / d, None, 0), Size(64, 32)).name for d in ("0123456789", "abcdef0123")}
    assert kept == {"one-01234567-64x32", "one-abcdef01-64x32"}
