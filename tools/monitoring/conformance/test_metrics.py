"""The metrics file as Prometheus' own Python parser reads it."""

import json
import math

from prometheus_client.parser import text_string_to_metric_families


def families(text: str) -> dict:
    return {family.name: family for family in text_string_to_metric_families(text)}


def test_metrics_parse_and_agree_with_the_summary(run):
    run.wait(lambda: 'frames_total{result="delivered"} 0' not in run.metrics.read_text())
    live = families(run.metrics.read_text())
    assert live["densehybrid_stage_duration_seconds"].type == "histogram"
    assert run.stop() == 0
    metrics = families(run.metrics.read_text())
    summary = json.loads(run.summary.read_text())
    # The parser leaves `_total` out of a counter's name.
    ended = {s.labels["result"]: s.value for s in metrics["densehybrid_frames"].samples if s.name.endswith("_total")}
    assert ended["delivered"] == summary["frames"]["delivered"]
    assert ended["dropped"] == sum(summary["frames"]["dropped"].values())
    dropped = metrics.get("densehybrid_frames_dropped")
    drops = {f"{s.labels['stage']}:{s.labels['reason']}": s.value for s in dropped.samples} if dropped else {}
    assert drops == summary["frames"]["dropped"]
    assert metrics["densehybrid_build_info"].samples[0].labels["size"] == "256x128"

    histograms = {}
    for sample in metrics["densehybrid_stage_duration_seconds"].samples:
        histograms.setdefault(sample.labels["stage"], []).append(sample)
    assert list(histograms) == [*"decode normalize backbone heads score threshold fuse write".split()]
    for stage, samples in histograms.items():
        buckets = [(float(s.labels["le"]), s.value) for s in samples if s.name.endswith("_bucket")]
        assert buckets == sorted(buckets) and buckets[-1][0] == math.inf
        counts = [count for _, count in buckets]
        assert counts == sorted(counts)
        of = {s.name.rsplit("_", 1)[1]: s.value for s in samples}
        told = summary["stages"][stage]
        assert of["count"] == counts[-1] == told["n"]
        assert math.isclose(of["sum"] * 1e6, told["mean_us"] * told["n"], rel_tol=1e-3)
        # The 99th percentile of the summary lies in the bucket that holds it here.
        rank = math.ceil(told["n"] * 0.99)
        upper = next(i for i, count in enumerate(counts) if count >= rank)
        lower = buckets[upper - 1][0] if upper else 0
        assert lower * 1e6 * 0.999 <= told["p99_us"] <= buckets[upper][0] * 1e6 * 1.001
    assert 5.0 in [float(s.labels["le"]) for s in histograms["decode"] if s.name.endswith("_bucket")], "the budget"
