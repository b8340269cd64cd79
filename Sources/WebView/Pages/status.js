// Says how things stand: live, quiet (no frames), gone (no answer), ended, paused, denied. Announces changes only.

import { byId, clock, say, span } from "./format.js";

const quietAfter = 3; // seconds without a frame
const goneAfter = 4; // seconds without an answer
const announceEvery = 5000;

export class Status {
  #answered = null; // when the process answered last
  #snapshot = null;
  #denied = null;
  #announced = "";
  #announcedAt = 0;
  paused = false;

  answered(snapshot) {
    this.#answered = new Date();
    this.#snapshot = snapshot;
    this.#denied = null;
  }

  denied(message) {
    this.#denied = message;
  }

  /** Seconds since the last answer. */
  get silence() {
    return this.#answered ? (Date.now() - this.#answered) / 1000 : Infinity;
  }

  /** State, its name, and a longer line where something is wrong. */
  #judge() {
    if (this.#denied) return ["denied", "no access", this.#denied];
    if (this.paused) return ["paused", "paused", null];
    if (!this.#answered) return ["connecting", "connecting", null];
    if (this.silence > goneAfter) {
      const since = clock(this.#answered);
      return ["gone", "process gone", `The process has not answered since ${since} (${span(this.silence)} ago). It has ended, or cannot be reached. All numbers and the picture below are of that time.`];
    }
    const shot = this.#snapshot;
    if (shot.is_over) return ["quiet", "stream ended", "The stream has ended. All numbers below are final."];
    if (shot.idle_ms === null) return ["waiting", "waiting for frames", null];
    if (shot.idle_ms > quietAfter * 1000) {
      return ["quiet", "no new frames", `No frame has ended for ${span(shot.idle_ms / 1000)}. The process answers; the picture and the numbers below are old.`];
    }
    const health = shot.health;
    if (health && health.level !== "OK") {
      return [health.level === "WARN" ? "warn" : "error", health.level, health.messages.join("; ") || null];
    }
    return ["live", "live", null];
  }

  /** Shows the state; call often. */
  show() {
    const [state, name, line] = this.#judge();
    const node = byId("state");
    node.dataset.state = state;
    say(node, name);
    byId("notice").hidden = line === null;
    if (line !== null) say(byId("notice"), line);
    document.body.classList.toggle("old", state === "gone" || state === "denied");
    document.title = state === "live" ? "densehybrid" : `${name} – densehybrid`;
    const quality = this.#snapshot ? this.#snapshot.quality_level : 0;
    this.#announce(quality > 0 && state === "live" ? `${name}, quality level ${quality}` : name);
    return state;
  }

  // What is heard: the state's name when it has changed, at most every few seconds.
  #announce(text) {
    if (text === this.#announced || Date.now() - this.#announcedAt < announceEvery) return;
    this.#announced = text;
    this.#announcedAt = Date.now();
    say(byId("announcer"), text);
  }
}
