// The newest overlay: asked for, shown, asked for again. Never more than one request under way.

import * as api from "./api.js";
import { byId, element, percent, say, span } from "./format.js";

const svg = "http://www.w3.org/2000/svg";
const rest = 250; // milliseconds between pictures: four a second are enough to see what goes on

export class Picture {
  #number = -1;
  #shownAt = 0;
  #frame = null;
  #regions = null;
  #pixels = 0;
  #url = null;

  /** Fetches and shows for ever; `wanted()` says whether anybody looks. */
  async run(wanted) {
    for (;;) {
      if (wanted()) {
        try {
          const picture = await api.picture(this.#number);
          if (picture) await this.#show(picture);
        } catch {
          // The numbers' own requests tell what is wrong.
          await pause(1000);
        }
      }
      this.#tell(wanted());
      await pause(rest);
    }
  }

  async #show(picture) {
    const image = byId("picture");
    const url = URL.createObjectURL(picture.blob);
    image.src = url;
    await image.decode();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = url;
    this.#number = picture.number;
    this.#frame = picture.frame;
    this.#regions = picture.regions;
    this.#pixels = picture.width * picture.height;
    this.#shownAt = Date.now();
    image.hidden = false;
    image.dataset.frame = picture.frame;
    byId("picture").parentElement.style.aspectRatio = `${picture.width} / ${picture.height}`;
    this.drawBoxes(picture.width, picture.height);
  }

  drawBoxes(width, height) {
    const boxes = byId("boxes");
    if (width) boxes.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const shown = byId("with-boxes").checked ? this.#regions ?? [] : [];
    boxes.replaceChildren(...shown.flatMap((region) => ["back", "front"].map((kind) => {
      const rect = document.createElementNS(svg, "rect");
      for (const key of ["x", "y", "width", "height"]) rect.setAttribute(key, region[key]);
      rect.setAttribute("class", kind);
      return rect;
    })));
  }

  #tell(wanted) {
    const age = (Date.now() - this.#shownAt) / 1000;
    const old = byId("no-picture");
    old.hidden = this.#shownAt > 0 && age < 3;
    if (this.#shownAt > 0) say(old, wanted ? `This picture is ${span(age)} old` : "Paused");
    if (this.#frame === null) return;
    const found = this.#found();
    say(byId("picture-caption"), `Frame ${this.#frame}: ${found}. Classes are tinted; what is unknown is in its own colour, with a border.`);
    byId("picture").alt = `Camera picture of frame ${this.#frame} with the open-set map over it: ${found}`;
  }

  #found() {
    const regions = this.#regions ?? [];
    if (regions.length === 0) return "no unknown region";
    const [largest] = regions;
    const distance = largest.distance === undefined ? "" : `, about ${largest.distance} m away`;
    const count = regions.length === 1 ? "one unknown region, which" : `${regions.length} unknown regions, the largest`;
    return `${count} covers ${percent(largest.area / this.#pixels)} of the picture${distance}`;
  }
}

/** Shows which colour means what. */
export function showLegend({ classes, unknown }) {
  byId("legend").replaceChildren(...[...classes, unknown].map(({ name, color }) => {
    const swatch = element("span", { class: "swatch" });
    swatch.style.backgroundColor = color;
    return element("li", {}, swatch, name);
  }));
}

const pause = (time) => new Promise((done) => setTimeout(done, time));
