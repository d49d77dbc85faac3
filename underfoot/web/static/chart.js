// The last 15 minutes as two plain line charts; where nothing was measured there is no line but a hatched band.
import { t } from "./base.js";
import { svg } from "./svg.js";
import { minute } from "./times.js";

const MARGIN = { left: 52, right: 12, top: 12, bottom: 34 };

export function drawCharts(forefoot, asymmetry, data) {
  const usual = data.usual;
  const above = (value) => (value === null || usual.forefoot_margin === null ? null : value + usual.forefoot_margin);
  draw(forefoot, data, {
    lines: [["left", data.left], ["right", data.right]],
    levels: [
      ["usual left", usual.left], ["usual right", usual.right],
      ["limit left", above(usual.left)], ["limit right", above(usual.right)],
    ],
    range: [30, 60], height: 240,
  });
  const around = usual.asymmetry === null || usual.asymmetry_margin === null
    ? [] : [-1, 1].map((sign) => ["limit asymmetry", usual.asymmetry + sign * usual.asymmetry_margin]);
  draw(asymmetry, data, {
    lines: [["asymmetry", data.asymmetry]],
    levels: [["zero", 0], ["usual asymmetry", usual.asymmetry], ...around],
    range: [-20, 20], height: 190,
  });
}

function draw(picture, data, { lines, levels, range, height }) {
  const width = Math.max(220, picture.clientWidth);
  const shown = levels.filter(([, value]) => value !== null);
  const values = [...lines.flatMap(([, column]) => column), ...shown.map(([, value]) => value)].filter((v) => v !== null);
  const low = Math.floor(Math.min(range[0], ...values) / 10) * 10;
  const high = Math.ceil(Math.max(range[1], ...values) / 10) * 10;
  const count = data.left.length;
  const x = (step) => MARGIN.left + ((width - MARGIN.left - MARGIN.right) * (step + 0.5)) / count;
  const y = (value) => height - MARGIN.bottom - ((height - MARGIN.top - MARGIN.bottom) * (value - low)) / (high - low);
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.setAttribute("height", height);
  const right = width - MARGIN.right;
  picture.replaceChildren(
    ...gaps(lines.map(([, column]) => column)).flatMap((gap) => band(gap, x, height)),
    ...ticks(low, high).flatMap((value) => [
      svg("line", { class: "grid", x1: MARGIN.left, x2: right, y1: y(value), y2: y(value) }),
      svg("text", { class: "tick end", x: MARGIN.left - 8, y: y(value) + 6 }, String(value)),
    ]),
    ...times(data, width, height),
    ...shown.map(([name, value]) =>
      svg("line", { class: `level ${name}`, x1: MARGIN.left, x2: right, y1: y(value), y2: y(value) })),
    ...lines.flatMap(([name, column]) => runs(column).map((run) => stroke(name, run, column, x, y))),
  );
}

function ticks(low, high) {
  const step = high - low > 80 ? 40 : high - low > 30 ? 20 : 10;
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.floor((high - first) / step) + 1 }, (_, index) => first + index * step);
}

function times(data, width, height) {
  const end = data.start_ms + data.step_ms * data.left.length;
  const places = [[MARGIN.left, data.start_ms, "start"], [width - MARGIN.right, end, "end"]];
  if (width > 460) places.push([(MARGIN.left + width - MARGIN.right) / 2, (data.start_ms + end) / 2, "middle"]);
  return places.map(([x, ms, anchor]) => svg("text", { class: `tick ${anchor}`, x, y: height - 8 }, minute(ms)));
}

function stroke(name, [first, last], column, x, y) {
  const points = column.slice(first, last + 1).map((value, index) => [x(first + index), y(value)]);
  if (points.length === 1) return svg("circle", { class: `dot ${name}`, cx: points[0][0], cy: points[0][1], r: 3 });
  return svg("path", { class: `line ${name}`, d: `M${points.map((point) => point.map((v) => v.toFixed(1)).join(" ")).join("L")}` });
}

function band([first, last], x, height) {
  const [from, to] = [x(first - 0.5), x(last + 0.5)];
  const rect = svg("rect", {
    class: "gap", x: from, y: MARGIN.top, width: to - from, height: height - MARGIN.top - MARGIN.bottom,
  });
  if (to - from < 130) return [rect];
  return [rect, svg("text", { class: "gap-words", x: (from + to) / 2, y: MARGIN.top + 26 }, t("page.not_measured"))];
}

// First and last step of every stretch in which a column has values.
export function runs(column) {
  const found = [];
  column.forEach((value, step) => {
    if (value === null) return;
    const last = found.at(-1);
    if (last && last[1] === step - 1) last[1] = step;
    else found.push([step, step]);
  });
  return found;
}

const gaps = (columns) => runs(columns[0].map((_, step) => (columns.every((column) => column[step] === null) ? 1 : null)));

export function rows(data) {
  const perMinute = Math.max(1, Math.round(60000 / data.step_ms));
  const mean = (column, start) => {
    const known = column.slice(start, start + perMinute).filter((value) => value !== null);
    return known.length ? (known.reduce((sum, value) => sum + value, 0) / known.length).toFixed(1) : t("page.not_measured");
  };
  const starts = Array.from({ length: Math.ceil(data.left.length / perMinute) }, (_, index) => index * perMinute);
  return starts.reverse().map((start) => [
    minute(data.start_ms + start * data.step_ms), mean(data.left, start), mean(data.right, start), mean(data.asymmetry, start),
  ]);
}
