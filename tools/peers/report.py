"""Rows and ratios, as text and as the JSON that `--json` writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from .statistics import median, pairwise, percentile


@dataclass(frozen=True)
class Row:
    """One engine on one work."""

    work: str
    size: str
    precision: str
    engine: str
    threads: int
    median_ms: float
    min_ms: float
    p95_ms: float
    peak_rss_mb: float

    @staticmethod
    def of(work: str, size: str, precision: str, engine: str, threads: int, samples: Sequence[float], rss: float) -> Row:
        """Summarises samples in milliseconds."""
        return Row(
            work, size, precision, engine, threads, round(median(samples), 3), round(min(samples), 3),
            round(percentile(samples, 95), 3), round(rss, 1))


@dataclass(frozen=True)
class Comparison:
    """One ratio of the table: above 1 where ours is faster (or smaller)."""

    work: str
    size: str
    precision: str
    best_peer: str
    ratio: float
    spread: float
    # What the issue asks for at least (or, for shares, at most).
    target: str = ""
    low: float | None = None
    high: float | None = None
    # Ratio of the two minima: what is left when nothing disturbs either.
    of_minima: float | None = None

    @staticmethod
    def of(work: str, size: str, precision: str, best_peer: str, peer: Sequence[float], ours: Sequence[float],
           target: str) -> Comparison:
        """From samples that were taken in turns."""
        ratio = pairwise(peer, ours)
        return Comparison(
            work, size, precision, best_peer, round(ratio.ratio, 4), round(ratio.spread, 4), target, ratio.low, ratio.high,
            min(peer) / min(ours))


@dataclass
class Report:
    """Everything that was measured."""

    rows: list[Row] = field(default_factory=list)
    ratios: list[Comparison] = field(default_factory=list)
    # Lines for people: settings, versions, forms that were tried, what was not measured and why.
    notes: list[str] = field(default_factory=list)
    # Label -> samples, for the file of raw samples.
    raw: dict[str, list[float]] = field(default_factory=dict)

    def document(self) -> dict:
        """What --json writes, exactly."""
        keys = ("work", "size", "precision", "best_peer", "ratio", "spread")
        return {
            "rows": [asdict(row) for row in self.rows],
            "ratios": [{key: asdict(ratio)[key] for key in keys} for ratio in self.ratios],
        }

    def text(self) -> str:
        """The table for people."""
        lines = [f"{'work':<24}{'size':<11}{'prec.':<7}{'engine':<46}{'median ms':>10}{'min':>10}{'p95':>10}{'RSS MB':>8}"]
        for row in self.rows:
            lines.append(
                f"{row.work:<24}{row.size:<11}{row.precision:<7}{row.engine:<46}{row.median_ms:>10.2f}{row.min_ms:>10.2f}"
                f"{row.p95_ms:>10.2f}{row.peak_rss_mb:>8.0f}")
        if self.ratios:
            lines += ["", f"{'work':<24}{'size':<11}{'prec.':<7}{'against':<46}{'ratio':>8}  {'spread':<15}{'of minima':<11}target"]
        for ratio in self.ratios:
            spread = "" if ratio.low is None else f"{ratio.low:.2f} to {ratio.high:.2f}"
            minima = "" if ratio.of_minima is None else f"{ratio.of_minima:.2f}"
            lines.append(
                f"{ratio.work:<24}{ratio.size:<11}{ratio.precision:<7}{ratio.best_peer:<46}{ratio.ratio:>8.3f}  {spread:<15}"
                f"{minima:<11}{ratio.target}")
        return "\n".join([*lines, "", *self.notes])
