// Asks the process. Every answer is whole or an error; none is waited for longer than `patience`.

const patience = 5000;

/** The server refused: a token is missing. */
export class Denied extends Error {}

async function get(path) {
  const reply = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(patience) });
  if (reply.status === 401 || reply.status === 403) throw new Denied((await reply.text()).trim());
  if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
  return reply;
}

/** Nanoseconds as milliseconds; null where there are none. */
const milliseconds = (value) => (value === undefined || value === null ? null : value / 1e6);

const levels = ["OK", "WARN", "ERROR", "STALE"];

function latency(one) {
  const { count, p50_ns, p95_ns, p99_ns, max_ns } = one.window;
  return {
    name: one.name, count: one.count, sum_ms: milliseconds(one.sum_ns), max_ms: milliseconds(one.max_ns),
    window: {
      count, p50_ms: milliseconds(p50_ns), p95_ms: milliseconds(p95_ns), p99_ms: milliseconds(p99_ns), max_ms: milliseconds(max_ns),
    },
  };
}

/** The numbers now, in milliseconds, with the number of the snapshot that they come from. */
export async function snapshot() {
  const reply = await get("/api/snapshot");
  const given = await reply.json();
  return {
    ...given,
    number: reply.headers.get("densehybrid-snapshot"),
    run: { ...given.run, budget_ms: milliseconds(given.run.budget_ns) },
    uptime_ms: milliseconds(given.uptime_ns),
    idle_ms: milliseconds(given.idle_ns),
    stages: given.stages.map(latency),
    frame: latency(given.frame),
    queue_wait: latency(given.queue_wait),
    last_frame: given.last_frame ? { ...given.last_frame, age_ms: milliseconds(given.last_frame.age_ns) } : null,
    health: given.health ? { level: levels[given.health.level], messages: given.health.messages } : null,
  };
}

/** Names and colours of the classes, and what the run is. */
export const classes = async () => (await get("/api/classes")).json();

/** Seconds behind `last`. */
export const history = async (last) => (await get(`/api/history?after=${last}`)).json();

/** The slowest frames. */
export const worst = async () => (await get("/api/worst")).json();

/** The newest picture behind number `last`, or null where none came. */
export async function picture(last) {
  const reply = await get(`/frame.jpg?after=${last}`);
  if (reply.status === 204) return null;
  return {
    number: Number(reply.headers.get("densehybrid-picture")),
    frame: reply.headers.get("densehybrid-frame"),
    width: Number(reply.headers.get("densehybrid-width")),
    height: Number(reply.headers.get("densehybrid-height")),
    regions: JSON.parse(reply.headers.get("densehybrid-regions") ?? "null"),
    blob: await reply.blob(),
  };
}
