// The last minutes, second by second, as charts with their text.

import { drawBars, secondsIn } from "./chart.js";
import { byId, element, ms, percent, say } from "./format.js";

const kept = 600;
const reasonColors = ["c2", "c1", "c4", "c6", "c7", "c5", "c3", "c0"];

export class History {
  #seconds = new Map();
  #now = 0;
  #stages = [];
  #reasons = [];
  last = -1;

  /** Takes what /api/history gave. */
  take({ now, stages, seconds }) {
    this.#now = now;
    this.#stages = stages;
    for (const second of seconds) {
      this.#seconds.set(second.second, second);
      for (const reason of Object.keys(second.dropped)) {
        if (!this.#reasons.includes(reason)) this.#reasons.push(reason);
      }
      if (second.failed > 0 && !this.#reasons.includes("failed")) this.#reasons.push("failed");
    }
    for (const number of this.#seconds.keys()) {
      if (number >= now - kept) break;
      this.#seconds.delete(number);
    }
    // The last seconds are asked for once more: a lost frame is counted only when all frames before it have ended.
    this.last = now - 3;
  }

  // One entry per second, oldest first; undefined where no frame ended.
  #window(count) {
    return Array.from({ length: count }, (_, i) => this.#seconds.get(this.#now - count + i));
  }

  /** Draws everything. `budget` is in milliseconds or null. */
  draw(budget) {
    this.#drawLatency(budget);
    this.#drawLosses();
    this.#drawAnomaly();
  }

  #drawLatency(budget) {
    const chart = byId("latency");
    const seconds = this.#window(secondsIn(chart));
    const series = this.#stages.map((_, k) => ({ color: `c${k}`, values: seconds.map((s) => s?.stage_ms[k] ?? 0) }));
    series.push({ color: "c8", values: seconds.map((s) => s?.wait_ms ?? 0) });
    drawBars(chart, {
      series, unit: "ms", least: 10, limit: budget ? { value: budget, name: `budget ${ms(budget)} ms` } : null,
      marks: seconds.map((s) => (s && s.delivered > 0 ? s.longest_ms : null)),
    });
    const keys = [...this.#stages.map((name, k) => [`swatch c${k}`, name]), ["swatch c8", "waiting in queues"], ["swatch dot", "longest frame of the second"]];
    if (budget) keys.push(["swatch line", "budget"]);
    showKeys(byId("latency-keys"), keys);
    const seen = seconds.filter((s) => s && s.delivered > 0);
    const frames = seen.reduce((n, s) => n + s.delivered, 0);
    const mean = frames ? seen.reduce((sum, s) => sum + s.mean_ms * s.delivered, 0) / frames : null;
    const longest = seen.reduce((most, s) => Math.max(most, s.longest_ms), 0);
    const late = seen.reduce((n, s) => n + s.late, 0);
    const level = seen.reduce((worst, s) => Math.max(worst, s.quality_level), 0);
    say(byId("latency-text"), frames
      ? `In the last ${seconds.length} s ${frames} frames took ${ms(mean)} ms on average and ${ms(longest)} ms at most${budget ? `; ${late} came after the budget of ${ms(budget)} ms` : ""}. Quality was ${level === 0 ? "full" : `reduced, to level ${level} at worst`}. Bars are means of a second.`
      : `No frame was delivered in the last ${seconds.length} s.`);
    if (byId("latency-details").open) this.#fillTable();
  }

  #fillTable() {
    const head = element("tr", {}, ...["ago", "frames", ...this.#stages, "waiting", "mean", "longest"].map((name) => element("th", { scope: "col" }, name)));
    const rows = this.#window(10).reverse().map((s, i) => element("tr", {}, element("th", { scope: "row" }, `${i + 1} s`),
      ...(s ? [String(s.delivered), ...s.stage_ms.map(ms), ms(s.wait_ms), ms(s.mean_ms), ms(s.longest_ms)] : ["0"]).map((text) => element("td", {}, text))));
    byId("latency-rows").replaceChildren(element("caption", { class: "unseen" }, "Means in milliseconds"), element("thead", {}, head), element("tbody", {}, ...rows));
  }

  #drawLosses() {
    const chart = byId("losses");
    const seconds = this.#window(secondsIn(chart));
    const reasons = this.#reasons.length ? this.#reasons : ["failed"];
    const lost = (second, reason) => (reason === "failed" ? second?.failed : second?.dropped[reason]) ?? 0;
    drawBars(chart, {
      unit: "per s", least: 5,
      series: reasons.map((reason, k) => ({ color: reasonColors[k % 8], values: seconds.map((s) => lost(s, reason)) })),
    });
    showKeys(byId("losses-keys"), this.#reasons.map((reason, k) => [`swatch ${reasonColors[k % 8]}`, reason]));
    const sums = this.#reasons.map((reason) => [reason, seconds.reduce((n, s) => n + lost(s, reason), 0)]).filter(([, n]) => n > 0);
    say(byId("losses-text"), sums.length
      ? `In the last ${seconds.length} s: ${sums.map(([reason, n]) => `${n} ${reason}`).join(", ")}.`
      : `None in the last ${seconds.length} s.`);
  }

  #drawAnomaly() {
    const chart = byId("anomaly");
    const seconds = this.#window(secondsIn(chart));
    drawBars(chart, {
      unit: "%", least: 0.5, series: [{ color: "c6", values: seconds.map((s) => (s?.anomaly_mean ?? 0) * 100) }],
      marks: seconds.map((s) => (s?.anomaly_max === undefined || s?.anomaly_max === null ? null : s.anomaly_max * 100)),
    });
    showKeys(byId("anomaly-keys"), [["swatch c6", "mean of the second"], ["swatch dot", "most in one frame"]]);
    const maps = seconds.filter((s) => s && s.anomaly_mean !== undefined && s.anomaly_mean !== null);
    const mean = maps.reduce((sum, s) => sum + s.anomaly_mean, 0) / maps.length;
    say(byId("anomaly-text"), maps.length
      ? `In the last ${seconds.length} s ${percent(mean)} of the pixels were unknown on average, ${percent(Math.max(...maps.map((s) => s.anomaly_max)))} at most.`
      : `No map in the last ${seconds.length} s.`);
  }
}

function showKeys(list, keys) {
  const wanted = keys.map((key) => key.join(" ")).join("|");
  if (list.dataset.keys === wanted) return;
  list.dataset.keys = wanted;
  list.replaceChildren(...keys.map(([kind, name]) => element("li", {}, element("span", { class: kind }), name)));
}
