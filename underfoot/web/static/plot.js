// A line chart over time (uPlot): gaps stay gaps, marks are links, colours are the page's tokens.
// The page links vendor/uplot/uPlot.min.css and plot.css. The table behind a chart is the page's: see `table`.
import uPlot from "./vendor/uplot/uPlot.esm.js";
import { key, marks } from "./plot_parts.js";
import { html } from "./svg.js";

export { table } from "./plot_parts.js";

const HEIGHT = 220;
const FONT = "15px system-ui, sans-serif";
const NOTHING = { lines: [], levels: [], marks: [] };

// spec: { label, t_ms, height, range: [low, high], lang, zone, bars,
//   lines:  [{ label, values, tone, dash, hollow }]   hollow: per value, true where it rests on too little
//   levels: [{ label, values | value, tone, dash }]   limits and what is usual; no line leads from one to the next
//   marks:  [{ t_ms, label, href, sign, tone }] }     marks that would touch become one, with their number
// tone: the name of a colour token, such as "left". Gives { update(spec), destroy() }.
export function plot(element, spec) {
  let now = { ...NOTHING, ...spec };
  const lane = html("ul", { class: "plot-marks" });
  const stage = html("div", { class: "plot-stage" });
  element.replaceChildren(stage, lane, key(now));
  const drawn = [(chart) => ink(chart, now), (chart) => marks(lane, chart, now)];
  let chart = draw(stage, now, drawn);
  const seen = new ResizeObserver(() => {
    if (stage.clientWidth && stage.clientWidth !== chart.width) chart.setSize(size(stage, now));
  });
  seen.observe(stage);
  return {
    update(given) {
      const alike = shape(now);
      now = { ...NOTHING, ...given };
      if (shape(now) === alike) {
        name(chart, now);
        chart.setData(columns(now));
        return;
      }
      chart.destroy();
      chart = draw(stage, now, drawn);
      element.lastElementChild.replaceWith(key(now));
    },
    destroy: () => (seen.disconnect(), chart.destroy()),
  };
}

const shape = ({ lines, levels }) => JSON.stringify([lines, levels].map((all) => all.map(({ label, tone }) => [label, tone])));
const token = (tone) => getComputedStyle(document.body).getPropertyValue(`--${tone ?? "soft"}`).trim() || "#1c2430";
const size = (stage, spec) => ({ width: Math.max(220, stage.clientWidth), height: spec.height ?? HEIGHT });
const columns = ({ t_ms, levels, lines }) => [
  t_ms.map((ms) => ms / 1000), ...levels.map(({ values, value }) => values ?? t_ms.map(() => value)), ...lines.map((each) => each.values),
];

function draw(stage, spec, drawn) {
  const day = (_, all) => all.map((s) => dayOrTime(s * 1000, spec));
  const dot = Math.max(2, Math.min(6, (0.7 * stage.clientWidth) / spec.t_ms.length));
  const chart = new uPlot({
    ...size(stage, spec),
    tzDate: spec.zone ? (s) => uPlot.tzDate(new Date(s * 1000), spec.zone) : undefined,
    legend: { show: false }, cursor: { show: false }, select: { show: false }, padding: [12, 14, 0, 0],
    scales: { x: { time: true, range: (chart, low, high) => [low - half(chart.data[0]), high + half(chart.data[0])] }, y: { range: (_, low, high) => wide(spec.range, low, high) } },
    axes: [axis({ values: day, space: 76, size: 34, gap: 9 }), axis({ size: 58 })],
    series: [{}, ...spec.levels.map(level), ...spec.lines.map((each) => line(each, spec, dot))],
    hooks: { drawClear: [lacking], draw: drawn },
  }, columns(spec), stage);
  name(chart, spec);
  return chart;
}

function name({ ctx }, { label }) {
  ctx.canvas.setAttribute("role", "img");
  ctx.canvas.setAttribute("aria-label", label);
}

const axis = (more) => ({ stroke: token("soft"), font: FONT, grid: { stroke: token("rule"), width: 1 }, ticks: { show: false }, ...more });
const level = ({ label, tone, dash }) => ({ label, stroke: token(tone), width: 1.5, dash: dash ?? [9, 5], points: { show: false }, paths: steps });
const line = ({ label, tone, dash, hollow }, { bars }, dot) => ({
  label, isLine: true, stroke: token(tone), fill: bars ? `${token(tone)}55` : undefined, width: 2, dash, spanGaps: false,
  paths: bars ? uPlot.paths.bars({ size: [0.7, 40] }) : undefined,
  points: { show: !bars, size: dot, fill: token(tone), filter: (_, __, show) => (show && hollow ? hollow.flatMap((few, index) => (few ? [] : [index])) : null) },
});

const half = (times) => (times.length > 1 ? (times[1] - times[0]) / 2 : 0);

// A grey band where no line has a value.
function lacking(chart) {
  const { ctx, bbox, data, series } = chart;
  const lines = data.filter((_, index) => index && series[index].isLine);
  ctx.fillStyle = "#e7e8ea";
  data[0].forEach((at, index) => {
    if (lines.some((values) => values[index] != null)) return;
    const [from, to] = [-half(data[0]), half(data[0])].map((apart) => chart.valToPos(at + apart, "x", true));
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
  });
}

// One flat stroke from half a step before a value to half a step after it.
function steps(chart, series, first, last) {
  const [times, values, stroke] = [chart.data[0], chart.data[series], new Path2D()];
  for (let index = first; index <= last; index += 1) {
    if (values[index] == null) continue;
    const [from, to] = [-half(times), half(times)].map((apart) => chart.valToPos(times[index] + apart, "x", true));
    const y = chart.valToPos(values[index], "y", true);
    if (index === first || values[index - 1] !== values[index]) stroke.moveTo(from, y);
    stroke.lineTo(to, y);
  }
  return { stroke, fill: null, clip: null, band: null, gaps: null, flags: 1 };
}

function wide(range, low, high) {
  const given = range ?? [low ?? 0, high ?? 1];
  return [Math.min(given[0], low ?? given[0]), Math.max(given[1], high ?? given[1])];
}

function dayOrTime(ms, { t_ms, lang, zone }) {
  const long = t_ms.at(-1) - t_ms[0] > 2 * 86_400_000;
  const style = long ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { ...style, timeZone: zone }).format(ms);
}

// A thin line up from each mark; a ring instead of a dot where a value rests on too little.
function ink(chart, spec) {
  const { ctx, bbox } = chart;
  const at = (ms) => chart.valToPos(ms / 1000, "x", true);
  const path = (tone, width, dash, trace) => {
    ctx.beginPath();
    Object.assign(ctx, { fillStyle: "#fff", strokeStyle: token(tone), lineWidth: width * devicePixelRatio });
    ctx.setLineDash(dash);
    trace();
    ctx.stroke();
  };
  ctx.save();
  for (const { t_ms, tone } of spec.marks) path(tone ?? "alert", 1, [2, 4], () => (ctx.moveTo(at(t_ms), bbox.top), ctx.lineTo(at(t_ms), bbox.top + bbox.height)));
  for (const { values, tone, hollow } of spec.lines) (hollow ?? []).forEach((few, index) => {
    if (!few || values[index] == null) return;
    path(tone, 2, [], () => (ctx.arc(at(spec.t_ms[index]), chart.valToPos(values[index], "y", true), 4.5 * devicePixelRatio, 0, 7), ctx.fill()));
  });
  ctx.restore();
}
