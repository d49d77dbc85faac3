// The frames of a walk, fetched a minute at a time and ahead of what is shown.
import { ask, t } from "./base.js";

const CHUNK_S = 60;
const KEPT = 12;
const NONE = 255;
const TOP = 254;
const LONGEST_STANCE_S = 5;
const LAST_STANCE_S = 3; // so long ago at most, else the line would tell of another walk

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

export class Reel {
  // `changed`: something came, or is to be asked for again.
  constructor(plan, where, changed) {
    this.changed = changed;
    this.plan = plan;
    this.where = where;
    this.chunks = new Map(); // number → what came, null while it is on its way
    this.perChunk = Math.round(CHUNK_S / plan.frame_s);
    this.frames = Math.ceil(plan.seconds / plan.frame_s);
    this.trouble = "";
  }

  index(second) {
    return Math.min(this.frames - 1, Math.max(0, Math.floor(second / this.plan.frame_s + 1e-6)));
  }

  // Ask for what is at this second and for so many minutes after it.
  want(second, ahead) {
    const first = Math.floor(this.index(second) / this.perChunk);
    const last = Math.min(first + ahead, Math.floor((this.frames - 1) / this.perChunk));
    for (let number = Math.max(0, first - (second % CHUNK_S < LONGEST_STANCE_S ? 1 : 0)); number <= last; number += 1) {
      if (!this.chunks.has(number)) this.fetch(number);
    }
    for (const number of this.chunks.keys()) {
      if (this.chunks.size > KEPT && (number < first - 2 || number > last)) this.chunks.delete(number);
    }
  }

  async fetch(number) {
    this.chunks.set(number, null);
    try {
      const said = await ask(`${this.where}?from=${number * CHUNK_S}&seconds=${CHUNK_S}&v=${this.plan.version}`);
      for (const foot of Object.values(said.feet)) {
        for (const name of ["levels", "x", "y"]) foot[name] = bytes(foot[name]);
      }
      this.chunks.set(number, said);
      this.trouble = "";
      this.changed();
    } catch (error) {
      this.trouble = t("walks.failed", { advice: error instanceof TypeError ? t("walks.no_connection") : error.message });
      this.changed();
      setTimeout(() => {
        this.chunks.delete(number);
        this.changed();
      }, 2000);
    }
  }

  // [the chunk of a frame, the frame's place in it]; null while it is not here.
  at(index) {
    const number = Math.floor(index / this.perChunk);
    const chunk = this.chunks.get(number);
    return chunk && index - chunk.first < chunk.count ? [chunk, index - chunk.first] : null;
  }

  // The bytes of a foot's cells; null when none of them was measured.
  row(side, index) {
    const [chunk, place] = this.at(index) ?? [];
    const foot = chunk?.feet[side];
    const row = foot?.levels.subarray(place * foot.cells, (place + 1) * foot.cells);
    return row && row.some((level) => level !== NONE) ? row : null;
  }

  // Levels 0 … 1 of a foot's cells, null where not measured; null when no cell is.
  levels(side, index) {
    const row = this.row(side, index);
    if (!row) return null;
    const [chunk] = this.at(index);
    const brightest = this.plan.feet[side].peak;
    const brightness = (brightest > 0 ? chunk.feet[side].peak / brightest : 1) / TOP;
    return Array.from(row, (level) => (level === NONE ? null : Math.min(1, level * brightness)));
  }

  // The centre of pressure, in parts of the sole; null: there is none.
  centre(side, index) {
    const [chunk, place] = this.at(index) ?? [];
    const foot = chunk?.feet[side];
    return foot && foot.x[place] !== NONE ? [foot.x[place] / TOP, foot.y[place] / TOP] : null;
  }

  // Its path in the stance under way, else in the last one: [points, whether it is under way].
  path(side, index) {
    const steps = (seconds) => Math.round(seconds / this.plan.frame_s);
    let last = index;
    const earliest = index - steps(LAST_STANCE_S);
    while (last >= 0 && last >= earliest && !this.centre(side, last)) {
      if (!this.row(side, last)) return [[], false]; // nobody knows what was in between
      last -= 1;
    }
    const points = [];
    for (let each = last; each >= 0 && last - each < steps(LONGEST_STANCE_S); each -= 1) {
      const point = this.centre(side, each);
      if (!point) break;
      points.unshift(point);
    }
    return [points, last === index];
  }

  // What was stored for the second that a frame lies in; null: nothing was, undefined: not here yet.
  figure(name, index) {
    const [chunk] = this.at(index) ?? [];
    if (!chunk) return undefined;
    const startS = Math.floor((this.plan.start_ms + chunk.first * this.plan.frame_s * 1000) / 1000 + 1e-6);
    const second = Math.floor((this.plan.start_ms + index * this.plan.frame_s * 1000) / 1000 + 1e-6);
    return chunk.figures[name][second - startS] ?? null;
  }
}
