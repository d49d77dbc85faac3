// The two feet of a page, drawn as fast as the eye wants them.
import { t } from "./base.js";
import { Foot } from "./feet.js";

const byId = (id) => document.getElementById(id);
const STILL_MS = 1000; // how often they move for who has asked for less motion

export class Pair {
  // `plain`: without loads, and so without what they rest on.
  constructor(plain = false) {
    this.plain = plain;
    this.feet = { left: new Foot(byId("foot-left"), "left"), right: new Foot(byId("foot-right"), "right") };
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.drawnAt = -STILL_MS;
    this.measured = "";
  }

  layout(layout) {
    Object.entries(layout).forEach(([side, cells]) => this.feet[side]?.layout(cells));
  }

  // Gives the time of the newest sample, 0 where there is none.
  draw(now) {
    const measured = JSON.stringify(Object.values(now).map((foot) => foot.measured));
    const due = performance.now() - this.drawnAt >= STILL_MS - 50 || measured !== this.measured;
    if (due || !this.calm.matches) {
      this.drawnAt = performance.now();
      this.measured = measured;
      Object.entries(now).forEach(([side, foot]) => this.drawOne(side, foot));
    }
    return Math.max(...Object.values(now).map((foot) => foot.last_ms ?? 0));
  }

  drawOne(side, foot) {
    this.feet[side].draw(this.plain ? withoutLoad(foot) : foot);
    const shown = String(foot.shown_ms ?? "");
    if (this.feet[side].root.dataset.shownMs !== shown) this.feet[side].root.dataset.shownMs = shown;
  }

  lost() {
    this.measured = "";
    const lost = { measured: false, reason: t("feet.lost_foot"), levels: [], total: null };
    Object.values(this.feet).forEach((foot) => foot.draw(lost));
  }
}

const withoutLoad = (foot) => ({ ...foot, total: null, total_reason: foot.total === null ? foot.total_reason : "" });
