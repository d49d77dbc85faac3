// One foot: a sole divided among its cells (each point belongs to the nearest one), whatever their number and places.
import { colour } from "./cividis.js";
import { svg, setText } from "./svg.js";

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
    const words = ["not", "measured"].map((word, line) => svg("text", { x: 100, y: 215 + 36 * line }, word));
    const hatched = svg("path", { d: outline, class: "hatched" });
    this.picture.replaceChildren(
      svg("defs", {}, clip), hatched, this.cells, svg("path", { d: outline, class: "sole" }),
      svg("g", { class: "words" }, ...words),
    );
  }

  layout(cells) {
    const polygons = shapes(cells.map((cell) => place(this.side, cell.x, cell.y)));
    this.paths = polygons.map((polygon, index) => svg("path", {
      d: `M${polygon.map((point) => point.map((value) => value.toFixed(1)).join(" ")).join("L")}Z`,
      class: "cell",
      "data-area": cells[index].area,
    }));
    this.cells.replaceChildren(...this.paths);
  }

  draw(foot) {
    this.root.classList.toggle("not-measured", !foot.measured);
    this.root.dataset.measured = foot.measured;
    (this.paths ?? []).forEach((path, index) => {
      const level = foot.measured ? foot.levels[index] ?? null : null;
      path.classList.toggle("blank", level === null);
      if (level === null) path.removeAttribute("fill");
      else path.setAttribute("fill", colour(level));
    });
    const unfit = (foot.faults ?? []).join("; ");
    const total = foot.total === null ? "" : `${foot.total} ${foot.total_unit}`;
    setText(this.load, foot.measured ? total || "load not measured" : "not measured");
    setText(this.note, foot.measured ? (total ? calibration(foot.calibration) : foot.total_reason ?? "") : foot.reason);
    const says = foot.measured ? `measured${unfit && `, but not ${unfit}`}` : `not measured: ${foot.reason}`;
    const label = `${this.side} foot, ${says}`;
    if (this.picture.getAttribute("aria-label") !== label) this.picture.setAttribute("aria-label", label);
  }
}

export const calibration = (name) => ({
  none: "not calibrated: shares only",
  zero: "zeroed only: shares only",
  maker: "maker's units, not checked",
  "weight-scaled": "scaled to body weight",
  bench: "calibrated on a bench",
})[name] ?? "calibration unknown";
