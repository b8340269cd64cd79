"""The JSON has exactly the structure that scripts read, and the text shows every row."""

import json

from tools.peers.report import Comparison, Report, Row


def _report() -> Report:
    report = Report()
    ours, peer = [10.0, 11.0, 12.0], [30.0, 33.0, 24.0]
    report.rows.append(Row.of("ldn121-network", "2048x1024", "fp32", "densehybrid", 2, ours, 512.34))
    report.rows.append(Row.of("ldn121-network", "2048x1024", "fp32", "openvino fp32 (torch)", 2, peer, 700))
    report.ratios.append(Comparison.of(
        "ldn121-network", "2048x1024", "fp32", "openvino fp32 (torch)", peer, ours, ">= 1.9"))
    report.notes.append("machine: a test")
    return report


def test_document():
    document = json.loads(json.dumps(_report().document()))
    assert set(document) == {"rows", "ratios"}
    for row in document["rows"]:
        assert list(row) == [
            "work", "size", "precision", "engine", "threads", "median_ms", "min_ms", "p95_ms", "peak_rss_mb"]
    for ratio in document["ratios"]:
        assert list(ratio) == ["work", "size", "precision", "best_peer", "ratio", "spread"]
        assert isinstance(ratio["ratio"], float) and isinstance(ratio["spread"], float)
    first = document["rows"][0]
    assert (first["median_ms"], first["min_ms"], first["p95_ms"], first["peak_rss_mb"]) == (11.0, 10.0, 12.0, 512.3)
    assert document["ratios"][0]["ratio"] == 3.0


def test_text_shows_rows_ratios_and_notes():
    text = _report().text()
    for part in ("densehybrid", "openvino fp32 (torch)", "3.000", ">= 1.9", "2.00 to 3.00", "2.40", "machine: a test"):
        assert part in text, text
