// A chart of bars by second, in SVG: stacked series, a limit line, marks. Drawn anew each time; a few paths only.

const svg = "http://www.w3.org/2000/svg";
const margin = { left: 46, right: 8, top: 24, bottom: 22 };

function shape(name, attributes, text) {
  const made = document.createElementNS(svg, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** A round number at or above `value`, whose half is round, too. */
export function roundUp(value) {
  if (!(value > 0)) return 1;
  const decade = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((step) => step * decade).find((bound) => bound >= value * 0.9999);
}

/** How many seconds fit into a chart: bars of six pixels. */
export function secondsIn(node) {
  const width = node.clientWidth - margin.left - margin.right;
  return Math.max(30, Math.min(180, Math.floor(width / 6)));
}

/**
 * Draws `series` ([{ color, values }]: class name and one value per second, oldest first) on top of each other.
 * `limit` ({ value, name }) is a dashed line, `marks` (one value per second, or null) are short lines.
 */
export function drawBars(node, { series, unit, least = 0, limit = null, marks = null }) {
  const width = node.clientWidth;
  const height = node.clientHeight;
  if (width === 0) return;
  const count = series[0].values.length;
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  let most = least;
  for (let i = 0; i < count; i += 1) {
    const sum = series.reduce((total, one) => total + one.values[i], 0);
    most = Math.max(most, sum, marks?.[i] ?? 0);
  }
  // A limit far above everything would flatten the bars: it is named at the top then, without its line.
  const isFar = limit !== null && limit.value > 3 * most;
  if (limit && !isFar) most = Math.max(most, limit.value * 1.1);
  const top = roundUp(most);
  const y = (value) => margin.top + inner.height * (1 - Math.min(value, top) / top);
  const step = inner.width / count;
  const x = (index) => margin.left + index * step;
  const parts = [];

  for (const share of [0, 0.5, 1]) {
    const value = top * share;
    parts.push(shape("line", { class: "grid", x1: margin.left, x2: width - margin.right, y1: y(value), y2: y(value) }));
    parts.push(shape("text", { x: margin.left - 6, y: y(value) + 4, "text-anchor": "end" }, String(Number(value.toPrecision(3)))));
  }
  parts.push(shape("text", { x: margin.left - 6, y: 11, "text-anchor": "end" }, unit));
  parts.push(shape("text", { x: margin.left, y: height - 5 }, `${count} s ago`));
  parts.push(shape("text", { x: width - margin.right, y: height - 5, "text-anchor": "end" }, "now"));

  const bottoms = new Array(count).fill(0);
  for (const { color, values } of series) {
    let path = "";
    values.forEach((value, i) => {
      if (!(value > 0)) return;
      const [low, high] = [y(bottoms[i]), y(bottoms[i] + value)];
      bottoms[i] += value;
      path += `M${x(i).toFixed(1)} ${low.toFixed(1)}V${high.toFixed(1)}h${Math.max(1, step - 1).toFixed(1)}V${low.toFixed(1)}z`;
    });
    if (path) parts.push(shape("path", { class: color, d: path }));
  }
  if (marks) {
    const path = marks.map((value, i) => (value === null ? "" : `M${x(i).toFixed(1)} ${y(value).toFixed(1)}h${Math.max(2, step - 1).toFixed(1)}`)).join("");
    if (path) parts.push(shape("path", { class: "mark", d: path }));
  }
  if (limit) {
    const level = isFar ? margin.top : y(limit.value);
    if (!isFar) parts.push(shape("line", { class: "limit", x1: margin.left, x2: width - margin.right, y1: level, y2: level }));
    const name = isFar ? `${limit.name}: above this chart` : limit.name;
    parts.push(shape("text", { class: "limit-name", x: width - margin.right - 2, y: level - 6, "text-anchor": "end" }, name));
  }
  node.setAttribute("viewBox", `0 0 ${width} ${height}`);
  node.replaceChildren(...parts);
}
