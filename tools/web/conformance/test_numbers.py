"""What the page shows is what /metrics says, of the same moment."""

import time

from tools.web.browser import PATIENCE, Browser
from tools.web.watched import Watched

# What the page shows, by the names that /metrics has.
SHOWN = """(() => {
  const number = (id) => document.querySelector(`#tile-${id} dd span`).textContent;
  const shown = { snapshot: document.body.dataset.snapshot };
  shown['densehybrid_frames_total{result="delivered"}'] = number("delivered");
  shown['densehybrid_frames_total{result="dropped"}'] = number("dropped");
  shown['densehybrid_frames_total{result="failed"}'] = number("failed");
  shown['densehybrid_deadline_misses_total'] = number("late");
  for (const row of document.querySelectorAll("#stages tbody tr")) {
    const cells = [...row.querySelectorAll("td")].map((cell) => cell.textContent);
    shown[`count ${row.dataset.name}`] = cells[0];
    shown[`mean ${row.dataset.name}`] = cells[1];
  }
  for (const row of document.querySelectorAll("#losses-rows tr[data-loss]")) {
    shown[row.dataset.loss] = row.querySelector("td:last-child").textContent;
  }
  for (const row of document.querySelectorAll("#queues tr[data-queue]")) {
    shown[`depth ${row.dataset.queue}`] = row.querySelector("td").textContent;
  }
  return shown;
})()"""


def in_words(value: float) -> str:
    """Milliseconds as the page writes them (format.js)."""
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 or value == 0 else 3}f}"


def compare(shown: dict, said: dict[str, float]) -> None:
    for name, text in shown.items():
        if name.startswith("densehybrid_"):
            assert float(text) == said[name], name
    histograms = {"frame": "densehybrid_frame_latency_seconds", "queue_wait": "densehybrid_queue_wait_seconds"}
    compared = 0
    for name in [name for name in shown if name.startswith("count ")]:
        stage = name.removeprefix("count ")
        family, labels = histograms.get(stage, "densehybrid_stage_duration_seconds"), ""
        if stage not in histograms:
            labels = f'{{stage="{stage}"}}'
        if f"{family}_count{labels}" not in said:
            continue
        count = said[f"{family}_count{labels}"]
        assert float(shown[name]) == count, stage
        compared += 1
        if count:
            mean = said[f"{family}_sum{labels}"] / count * 1000
            # The last digit may round either way.
            assert shown[f"mean {stage}"] in {in_words(mean * factor) for factor in (1 - 1e-9, 1, 1 + 1e-9)}, stage
    assert compared >= 9, f"{sorted(said)} has not all histograms"
    for name in [name for name in shown if name.startswith("dropped ")]:
        _, place, reason = name.split(" ")
        assert float(shown[name]) == said[f'densehybrid_frames_dropped_total{{stage="{place}",reason="{reason}"}}'], name
    drops = sum(value for name, value in said.items() if name.startswith("densehybrid_frames_dropped_total{"))
    assert drops == sum(float(text) for name, text in shown.items() if name.startswith("dropped "))
    depths = [name for name in shown if name.startswith("depth ")]
    assert depths
    for name in depths:
        assert float(shown[name]) == said[f'densehybrid_queue_depth{{queue="{name.removeprefix("depth ")}"}}'], name


def test_numbers_are_those_of_metrics(browser: Browser, watched: Watched):
    watched.rate = 400  # more than any machine keeps up with
    browser.open(watched.url)
    browser.wait("frames are dropped", "Number(document.querySelector('#tile-dropped dd span')?.textContent) > 5")
    # Live: both ask within the quarter of a second in which a snapshot stays the same.
    end = time.monotonic() + PATIENCE
    matches = 0
    while matches < 3 and time.monotonic() < end:
        before = browser.value("document.body.dataset.snapshot")
        browser.wait("the next snapshot", f"document.body.dataset.snapshot !== {before!r}")
        number, said = watched.metrics()
        shown = browser.value(SHOWN)
        if shown.pop("snapshot") == number:
            compare(shown, said)
            matches += 1
    assert matches == 3, "the page and /metrics never had the same snapshot"
    # At rest: nothing changes any more, so any two snapshots must agree.
    watched.rate = 0
    browser.wait("the page says that no frames come", "document.getElementById('state').dataset.state === 'quiet'")
    before = browser.value("document.body.dataset.snapshot")
    browser.wait("one more snapshot", f"document.body.dataset.snapshot !== {before!r}")
    _, said = watched.metrics()
    shown = browser.value(SHOWN)
    shown.pop("snapshot")
    compare(shown, said)
    frames = sum(value for name, value in said.items() if name.startswith("densehybrid_frames_total{"))
    assert frames == watched.sent, "every frame that was sent has ended somehow"
    assert browser.complaints == []
