// Tiles and tables of one snapshot.

import { byId, clock, element, ms, percent, say, span } from "./format.js";

/** The figures at a glance. `rate` is in frames a second, or null. */
export function showTiles(shot, rate) {
  const frames = shot.frames;
  const latency = shot.frame.window;
  const last = shot.last_frame;
  const budget = shot.run.budget_ms;
  const lost = frames.dropped + frames.failed;
  const tiles = [
    ["rate", "Frame rate", rate === null ? "–" : `${rate.toFixed(1)} /s`, "delivered, last seconds"],
    ["p50", "Frame time, p50", `${ms(latency.count ? latency.p50_ms : null)} ms`, `of the last ${latency.count}`],
    ["p99", "Frame time, p99", `${ms(latency.count ? latency.p99_ms : null)} ms`, budget ? `budget ${ms(budget)} ms` : "no budget", budget && latency.p99_ms > budget ? "warn" : ""],
    ["late", "Came late", budget ? String(frames.deadline_misses) : "–", budget ? "since the start" : "no budget"],
    ["delivered", "Delivered", String(frames.delivered), `of ${frames.in} read`],
    ["dropped", "Dropped", String(frames.dropped), frames.in ? `${percent(frames.dropped / frames.in)} of all` : ""],
    ["failed", "Failed", String(frames.failed), "", frames.failed > 0 ? "warn" : ""],
    ["quality", "Quality level", String(shot.quality_level), shot.quality_level === 0 ? "full" : "reduced", shot.quality_level > 0 ? "warn" : ""],
    ["age", "Age of the result", last?.age_ms == null ? "–" : `${ms(last.age_ms)} ms`, last ? `frame ${last.id}, ${last.status}` : "no frame yet"],
    ["anomaly", "Unknown", percent(shot.anomaly_fraction), shot.anomaly_max_score == null ? "" : `greatest score ${shot.anomaly_max_score.toFixed(2)}`],
    ["health", "Health", shot.health?.level ?? "–", shot.health ? "" : "not judged", { WARN: "warn", ERROR: "bad", STALE: "bad" }[shot.health?.level] ?? ""],
    ["uptime", "Running for", span(shot.uptime_ms / 1000), `process ${shot.pid}`],
  ];
  const list = byId("tiles");
  if (list.childElementCount !== tiles.length) {
    list.replaceChildren(...tiles.map(([id, name]) => element("div", { id: `tile-${id}` }, element("dt", {}, name), element("dd", {}, element("span"), element("small")))));
  }
  for (const [id, , value, note, level = ""] of tiles) {
    const tile = byId(`tile-${id}`);
    tile.dataset.level = level;
    say(tile.querySelector("span"), value);
    say(tile.querySelector("small"), note);
  }
  list.dataset.lost = String(lost);
}

function fill(table, caption, columns, rows) {
  const head = element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)));
  table.replaceChildren(element("caption", { class: "unseen" }, caption), element("thead", {}, head), element("tbody", {}, ...rows));
}

const cells = (texts) => texts.map((text) => element("td", {}, text));

/** Percentiles by stage. */
export function showStages(shot) {
  const named = [
    ...shot.stages.map((one, k) => [`c${k}`, one.name, one]), ["c8", "waiting in queues", shot.queue_wait],
    ["", "whole frame", shot.frame],
  ];
  const rows = named.map(([color, name, one]) => {
    const row = element("tr", { "data-name": one.name, "data-count": one.count });
    const head = element("th", { scope: "row" });
    if (color) head.append(element("span", { class: `swatch ${color}` }));
    head.append(name);
    row.append(head, ...cells([String(one.count), ms(one.count ? one.sum_ms / one.count : null), ...(one.count ? [one.window.p50_ms, one.window.p95_ms, one.window.p99_ms, one.window.max_ms, one.max_ms] : [null, null, null, null, null]).map(ms)]));
    return row;
  });
  fill(byId("stages"), "Milliseconds by stage", ["stage", "frames", "mean", "p50", "p95", "p99", "max", "max ever"], rows);
  say(byId("stages-text"), `Milliseconds of delivered frames after warm-up: mean and "max ever" of all of them, the rest of the last ${shot.frame.window.count}.`);
}

/** Losses by place and reason since the start. */
export function showLosses(shot) {
  const losses = [...shot.frames.drops.map((one) => ["dropped", one]), ...shot.frames.failures.map((one) => ["failed", one])];
  const rows = losses.map(([fate, one]) => element("tr", { "data-loss": `${fate} ${one.place} ${one.reason}` },
    element("th", { scope: "row" }, one.reason), ...cells([fate, one.place, String(one.count)])));
  fill(byId("losses-rows"), "Lost frames since the start", ["reason", "fate", "where", "since start"], rows.length ? rows : [element("tr", {}, element("td", { colspan: "4" }, "none since the start"))]);
}

/** What waits where. */
export function showQueues(shot) {
  const rows = shot.queues.map((one) => [one.name, one.name === "admission" ? "at the door" : `before ${one.name}`, one.depth, one.capacity]);
  rows.push(["", "frames under way", shot.in_flight, shot.in_flight_limit], ["", "free buffers", shot.free_slots, shot.slots]);
  fill(byId("queues"), "Queues and buffers", ["what", "now", "of"], rows.map(([queue, name, depth, capacity]) => element("tr", queue ? { "data-queue": queue } : {}, element("th", { scope: "row" }, name), ...cells([String(depth), String(capacity)]))));
}

/** The slowest frames. */
export function showWorst({ stages, frames }) {
  const rows = frames.map((one) => {
    const time = new Date((one.capture_ns ?? one.arrival_ns) / 1e6);
    const total = element("td", one.deadline_met === false ? { class: "bad" } : {}, ms(one.total_ms));
    return element("tr", {}, element("th", { scope: "row" }, String(one.frame_id)), element("td", {}, clock(time)), total,
      ...cells([...one.stage_ms.map(ms), ms(one.wait_ms), percent(one.anomaly_fraction)]));
  });
  const columns = ["frame", "time", "total", ...stages, "waiting", "unknown"];
  fill(byId("worst"), "Milliseconds of the slowest frames", columns, rows.length ? rows : [element("tr", {}, element("td", { colspan: String(columns.length) }, "no frame after warm-up yet"))]);
}
