// Asks once a second, shows what came, and says so when nothing comes.

import * as api from "./api.js";
import { byId, ms, say } from "./format.js";
import { History } from "./history.js";
import { Picture, showLegend } from "./picture.js";
import { Status } from "./status.js";
import { showLosses, showQueues, showStages, showTiles, showWorst } from "./tables.js";

const status = new Status();
const history = new History();
const picture = new Picture();
let isKnown = false; // whether legend and title are there
let process = null; // which process answered
let earlier = []; // [uptime in ms, delivered] of the last snapshots, for the frame rate
let budget = null;
let round = 0;

const looking = () => !status.paused && !document.hidden;

function introduce(shot) {
  const run = shot.run;
  budget = run.budget_ms;
  say(byId("what"), `${run.model} ${run.precision} ${run.size}, ${run.isa}, ${run.threads} threads, ${run.verb} ${run.input}, ${budget ? `budget ${ms(budget)} ms, ` : ""}late frames: ${run.on_late}, queue: ${run.queue}`);
}

function rate(shot) {
  earlier.push([shot.uptime_ms, shot.frames.delivered]);
  if (earlier.length > 6) earlier.shift();
  const [time, count] = earlier[0];
  const passed = shot.uptime_ms - time;
  return passed > 0 ? ((shot.frames.delivered - count) * 1000) / passed : null;
}

async function ask() {
  const shot = await api.snapshot();
  if (process !== null && process !== shot.pid) location.reload(); // another run on the same port
  process = shot.pid;
  if (!isKnown) {
    showLegend(await api.classes());
    isKnown = true;
  }
  introduce(shot);
  showTiles(shot, rate(shot));
  showStages(shot);
  showLosses(shot);
  showQueues(shot);
  if (round % 5 === 0) showWorst(await api.worst());
  history.take(await api.history(history.last));
  history.draw(budget);
  round += 1;
  status.answered(shot);
  document.body.dataset.snapshot = shot.number;
}

async function run() {
  for (;;) {
    if (looking()) {
      try {
        await ask();
      } catch (error) {
        if (error instanceof api.Denied) status.denied(error.message);
      }
    }
    await new Promise((done) => setTimeout(done, 1000));
  }
}

byId("pause").addEventListener("click", () => {
  status.paused = !status.paused;
  byId("pause").setAttribute("aria-pressed", String(status.paused));
  status.show();
});
byId("with-boxes").addEventListener("change", () => picture.drawBoxes());
byId("latency-details").addEventListener("toggle", () => history.draw(budget));
new ResizeObserver(() => history.draw(budget)).observe(byId("latency"));
setInterval(() => status.show(), 500);
run();
picture.run(looking);
