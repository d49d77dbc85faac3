// Figures as people read them: what is not known says why.
import { t } from "./base.js";
import { html, svg } from "./svg.js";

// The lines of the day for who looks after the wearer.
export function showToday(section, list, lines) {
  section.hidden = !lines.length;
  list.replaceChildren(...lines.map(line));
}

// The wearer's own: today's walk against the plan, and how long the insoles were worn.
export function showDay(root, state) {
  const told = JSON.stringify([state.plans, state.today]);
  if (root.dataset.told === told) return;
  root.dataset.told = told;
  const plans = state.plans.map((plan) => planOf(plan, state.today.find((each) => each.name === `plan-${plan.programme}`)));
  const names = plans.length ? ["worn"] : ["walked", "worn"];
  const lines = names.map((name) => state.today.find((each) => each.name === name)).filter(Boolean);
  const list = html("dl", { class: "day-lines" }, ...lines.map(line));
  root.replaceChildren(...plans, ...(lines.length ? [list] : [html("p", { class: "soft" }, t("feet.day_unknown"))]));
}

export function figureOf(figure) {
  const known = figure.words !== null;
  const value = known ? figure.words : t("page.not_measured");
  const note = figure.note ? `, ${figure.note}` : "";
  const rests = known ? `${t("feet.coverage", { pct: figure.coverage_pct })}${note}` : figure.reason ?? "";
  return html("div", { "data-testid": `figure-${figure.name}`, class: known ? "figure" : "figure unknown" },
    html("dt", {}, figure.label), html("dd", { class: "value" }, value), html("dd", { class: "rests" }, rests));
}

function line(each) {
  return html("div", { "data-testid": `today-${each.name}`, class: each.known ? "figure" : "figure unknown" },
    html("dt", {}, each.label), html("dd", { class: "value" }, each.words));
}

function planOf(plan, said) {
  const known = plan.done_min !== null;
  const done = known ? Math.floor(plan.done_min) : null;
  const words = t(known ? "feet.plan_done" : "feet.plan_unknown", { done, minutes: plan.minutes });
  const children = [html("p", { class: "plan-words" }, said?.words ?? "")];
  if (plan.minutes > 0) children.push(bar(known ? Math.min(1, plan.done_min / plan.minutes) : null, words), html("p", { class: "soft" }, words));
  return html("div", { class: "plan", "data-testid": `plan-${plan.programme}`, "data-known": known }, ...children);
}

function bar(share, words) {
  return svg("svg", { class: "bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", role: "img", "aria-label": words },
    svg("rect", { class: "bar-ground", width: 100, height: 8 }),
    svg("rect", share === null ? { width: 100, height: 8, fill: "url(#hatch)" } : { class: "bar-done", width: 100 * share, height: 8 }));
}
