// A figure and the line of its last values. Gaps stay gaps.

import { make, say } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 28;

/** The path of the values, the newest at the right edge; from zero to the greatest finite one. Pure. */
export function pathOf(values, most, height) {
  const finite = values.filter(Number.isFinite);
  const top = Math.max(...finite, 0) || 1;
  let path = "";
  let pen = "M";
  values.forEach((value, i) => {
    if (value === null) {
      pen = "M";
      return;
    }
    const y = height - 1 - (Math.min(value, top) / top) * (height - 2);
    path += `${pen}${most - values.length + i} ${y.toFixed(1)}`;
    pen = "L";
  });
  return path;
}

export class Sparkline {
  /** `most` values are kept and drawn; `words` says a value. */
  constructor(place, name, most, words) {
    this.name = name;
    this.most = most;
    this.words = words;
    this.values = [];
    this.figure = make("span", {}, words(null));
    this.svg = document.createElementNS(SVG, "svg");
    const attributes = { class: "spark", role: "img", viewBox: `0 0 ${most - 1} ${HEIGHT}`, preserveAspectRatio: "none" };
    for (const [key, value] of Object.entries(attributes)) this.svg.setAttribute(key, value);
    this.path = this.svg.appendChild(document.createElementNS(SVG, "path"));
    place.replaceChildren(this.figure, this.svg);
  }

  /** null: not known; a gap. */
  add(value) {
    this.values.push(value);
    if (this.values.length > this.most) this.values.shift();
    say(this.figure, this.words(value));
    this.path.setAttribute("d", pathOf(this.values, this.most, HEIGHT));
    const finite = this.values.filter(Number.isFinite);
    const range = finite.length === 0 ? "no values yet"
      : `between ${this.words(Math.min(...finite))} and ${this.words(Math.max(...finite))}`;
    this.svg.setAttribute("aria-label", `${this.name}, last five minutes: ${range}`);
  }
}
