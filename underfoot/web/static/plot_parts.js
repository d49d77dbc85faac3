// What stands around a chart: its key, its marks, and the table behind it.
import { html } from "./svg.js";

const MARK_PX = 28;

// A table for <details>; a cell of null says that nothing was measured.
export function table(head, rows, notMeasured) {
  const cells = (row) => row.map((cell, index) =>
    html(index ? "td" : "th", index ? {} : { scope: "row" }, cell === null ? notMeasured : String(cell)));
  return html("table", {},
    html("thead", {}, html("tr", {}, ...head.map((title) => html("th", { scope: "col" }, title)))),
    html("tbody", {}, ...rows.map((row) => html("tr", {}, ...cells(row)))));
}

export function key({ lines, levels }) {
  const entry = (kind) => ({ label, tone, dash }) => {
    const found = html("li", { class: kind }, label);
    found.style.setProperty("--tone", `var(--${tone ?? "soft"})`);
    if (dash) found.style.setProperty("--stroke", dash[0] < 4 ? "dotted" : "dashed");
    return found;
  };
  return html("ul", { class: "plot-key" }, ...lines.map(entry("line")), ...levels.map(entry("level")));
}

export function marks(lane, chart, spec) {
  const groups = [];
  for (const mark of [...spec.marks].sort((a, b) => a.t_ms - b.t_ms)) {
    const x = chart.over.offsetLeft + chart.valToPos(mark.t_ms / 1000, "x");
    if (groups.length && x - groups.at(-1).x < MARK_PX) groups.at(-1).of.push(mark);
    else groups.push({ x, of: [mark] });
  }
  lane.hidden = groups.length === 0;
  lane.replaceChildren(...groups.map(({ x, of }) => {
    const said = of.map((each) => each.label).join("; ");
    const first = of.find((each) => (each.tone ?? "alert") === "alert") ?? of[0];
    const link = html("a", { href: first.href, title: said, "aria-label": said }, of.length > 1 ? String(of.length) : first.sign ?? "!");
    const item = html("li", {}, link);
    item.style.left = `${x}px`;
    link.style.background = `var(--${first.tone ?? "alert"})`;
    return item;
  }));
}
