// One foot: a sole divided among its cells (each point belongs to the nearest one), whatever their number and places.
import { colour } from "./cividis.js";
import { t } from "./base.js";
import { svg, setText } from "./svg.js";

const MANY_CELLS = 40; // words would not fit into cells as small as those
const [LEFT, TOP, WIDTH, LENGTH] = [12, 10, 176, 440];
// The sole seen from above: x 0 medial … 1 lateral, y 0 heel … 1 toe.
const SOLE = [
  [0.5, 0], [0.3, 0.02], [0.17, 0.09], [0.14, 0.2], [0.2, 0.33], [0.22, 0.45], [0.13, 0.57], [0.03, 0.68],
  [0.01, 0.78], [0.05, 0.89], [0.17, 0.975], [0.34, 1], [0.54, 0.97], [0.74, 0.9], [0.9, 0.8], [0.98, 0.68],
  [0.97, 0.55], [0.91, 0.42], [0.87, 0.3], [0.86, 0.18], [0.81, 0.07], [0.69, 0.015],
];

const place = (side, x, y) => [LEFT + WIDTH * (side === "left" ? 1 - x : x), TOP + LENGTH * (1 - y)];

// A closed Catmull-Rom curve through the points, as Bézier pieces.
function curve(points) {
  const at = (index) => points[(index + points.length) % points.length];
  const pieces = points.map((point, index) => {
    const [before, next, after] = [at(index - 1), at(index + 1), at(index + 2)];
    const first = [0, 1].map((axis) => point[axis] + (next[axis] - before[axis]) / 6);
    const second = [0, 1].map((axis) => next[axis] - (after[axis] - point[axis]) / 6);
    return `C${[...first, ...second, ...next].map((value) => value.toFixed(1)).join(" ")}`;
  });
  return `M${points[0].map((value) => value.toFixed(1)).join(" ")}${pieces.join("")}Z`;
}

// The part of a polygon that lies nearer to `own` than to `other`.
function nearer(polygon, own, other) {
  const [dx, dy] = [other[0] - own[0], other[1] - own[1]];
  if (dx === 0 && dy === 0) return polygon;
  const limit = (dx * (own[0] + other[0]) + dy * (own[1] + other[1])) / 2;
  const excess = (point) => dx * point[0] + dy * point[1] - limit;
  return polygon.flatMap((point, index) => {
    const next = polygon[(index + 1) % polygon.length];
    const [here, there] = [excess(point), excess(next)];
    const kept = here <= 0 ? [point] : [];
    if (here <= 0 === there <= 0) return kept;
    const share = here / (here - there);
    return [...kept, [point[0] + share * (next[0] - point[0]), point[1] + share * (next[1] - point[1])]];
  });
}

function shapes(centres) {
  const box = [[0, 0], [200, 0], [200, 460], [0, 460]];
  return centres.map((own) => centres.reduce((polygon, other) => nearer(polygon, own, other), box));
}

export class Foot {
  constructor(root, side) {
    this.side = side;
    this.root = root;
    this.picture = root.querySelector("svg");
    this.load = root.querySelector(".load");
    this.note = root.querySelector(".note");
    const outline = curve(SOLE.map(([x, y]) => place(side, x, y)));
    const clip = svg("clipPath", { id: `sole-${side}` }, svg("path", { d: outline }));
    this.cells = svg("g", { "clip-path": `url(#sole-${side})` });
    this.gone = svg("g", { class: "cell-words", "aria-hidden": "true" });
    this.path = svg("polyline", { class: "gait-line" });
    this.halo = svg("polyline", { class: "gait-line halo" });
    this.dot = svg("circle", { class: "gait-dot", r: 8, visibility: "hidden" });
    const words = t("foot.not_measured").split(" ").map((word, line) => svg("text", { x: 100, y: 215 + 36 * line }, word));
    const hatched = svg("path", { d: outline, class: "hatched" });
    this.picture.replaceChildren(
      svg("defs", {}, clip), hatched, this.cells, svg("path", { d: outline, class: "sole" }), this.gone,
      this.halo, this.path, this.dot, svg("g", { class: "words" }, ...words),
    );
  }

  layout(cells) {
    const centres = cells.map((cell) => place(this.side, cell.x, cell.y));
    this.paths = shapes(centres).map((polygon, index) => svg("path", {
      d: polygon.length ? `M${polygon.map((point) => point.map((value) => value.toFixed(1)).join(" ")).join("L")}Z` : "",
      class: "cell",
      "data-area": cells[index].area,
    }));
    this.texts = cells.length > MANY_CELLS ? [] : centres.map(([x, y]) => svg("text", { visibility: "hidden" },
      ...t("foot.cell_blank").split(" ").map((word, line) => svg("tspan", { x, y: y - 2 + 14 * line }, word))));
    this.cells.replaceChildren(...this.paths);
    this.gone.replaceChildren(...this.texts);
  }

  // Levels 0 … 1 of the cells, null where one is not measured; null for all of them: the foot is not.
  paint(levels) {
    this.root.classList.toggle("not-measured", levels === null);
    this.root.dataset.measured = levels !== null;
    (this.paths ?? []).forEach((path, index) => {
      const level = levels?.[index] ?? null;
      path.classList.toggle("blank", level === null);
      if (level === null) path.removeAttribute("fill");
      else path.setAttribute("fill", colour(level));
      this.texts[index]?.setAttribute("visibility", levels !== null && level === null ? "visible" : "hidden");
    });
  }

  // The path of the centre of pressure, [x, y] in parts of the sole; `now`: its last point is that of this moment.
  line(points, now = false) {
    const drawn = points.map(([x, y]) => place(this.side, x, y).map((value) => value.toFixed(1)));
    for (const path of [this.halo, this.path]) path.setAttribute("points", drawn.map((point) => point.join(",")).join(" "));
    this.path.classList.toggle("past", !now);
    const last = drawn.at(-1);
    this.dot.setAttribute("visibility", now && last ? "visible" : "hidden");
    if (last) this.dot.setAttribute("cx", last[0]), this.dot.setAttribute("cy", last[1]);
  }

  label(words) {
    if (this.picture.getAttribute("aria-label") !== words) this.picture.setAttribute("aria-label", words);
  }

  draw(foot) {
    this.paint(foot.measured ? foot.levels : null);
    const unfit = (foot.faults ?? []).join("; ");
    const total = foot.total === null ? "" : `${foot.total} ${foot.total_unit}`;
    setText(this.load, foot.measured ? total || t("foot.load_not_measured") : t("foot.not_measured"));
    setText(this.note, foot.measured ? (total ? calibration(foot.calibration) : foot.total_reason ?? "") : foot.reason);
    const side = t(`foot.${this.side}`);
    if (!foot.measured) this.label(t("foot.label_not", { side, reason: foot.reason }));
    else if (unfit) this.label(t("foot.label_but", { side, unfit }));
    else this.label(t("foot.label", { side }));
  }
}

const STATES = ["none", "zero", "maker", "weight-scaled", "bench"];

export const calibration = (name) => t(`foot.calibration.${STATES.includes(name) ? name : "unknown"}`);
