// Figures as people read them: what is not known says why.
import { html } from "./svg.js";

export function showToday(section, list, lines) {
  section.hidden = !lines.length;
  list.replaceChildren(...lines.map((line) =>
    html("div", { "data-testid": `today-${line.name}`, class: line.known ? "figure" : "figure unknown" },
      html("dt", {}, line.label), html("dd", { class: "value" }, line.words))));
}

export function figureOf(figure) {
  const known = figure.words !== null;
  const value = known ? figure.words : "not measured";
  const note = figure.note ? `, ${figure.note}` : "";
  const rests = known ? `coverage ${figure.coverage_pct} %${note}` : figure.reason ?? "";
  return html("div", { "data-testid": `figure-${figure.name}`, class: known ? "figure" : "figure unknown" },
    html("dt", {}, figure.label), html("dd", { class: "value" }, value), html("dd", { class: "rests" }, rests));
}
