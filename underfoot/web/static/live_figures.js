// The page of who looks after the wearer: live feet, every figure, every alert and the last 15 minutes.
import { ask, root, t } from "./base.js";
import { showAlerts } from "./alerts.js";
import { drawCharts, rows } from "./chart.js";
import { RAMP } from "./cividis.js";
import { calibration } from "./feet.js";
import { figureOf, showToday } from "./figures.js";
import { Pair } from "./pair.js";
import { say, sayLost } from "./sentence.js";
import { listen } from "./stream.js";
import { html, setText, svg } from "./svg.js";
import { clock, minute } from "./times.js";

const HISTORY_MS = 5000;
const byId = (id) => document.getElementById(id);
const place = `p/${encodeURIComponent(document.body.dataset.person)}`;
const can = { evidence: true, escalate: byId("alerts").dataset.escalate === "yes" };
const pair = new Pair();
const parts = { state: {} };
let saidMs = Number(byId("state").dataset.nowMs);
let history = null;

const take = {
  layout: (layout) => pair.layout(layout),
  feet: (feet) => {
    parts.feet = feet;
    const newest = pair.draw(feet);
    setText(byId("last-data"), newest ? t("live.last_data", { time: clock(newest) }) : t("live.no_data"));
  },
  state: (state) => {
    parts.state = state;
    say(state);
    showAlerts(byId("alert-list"), state.alerts, can);
    byId("figures").replaceChildren(...state.figures.map(figureOf));
    showToday(byId("today"), byId("today-lines"), state.today);
    setText(byId("coverage"), t("live.coverage", { pct: Math.round(state.coverage_pct) }));
    setText(byId("calibration"), calibration(state.calibration));
  },
  clock: ({ now_ms: ms }) => {
    saidMs = ms;
  },
};

function connected(live) {
  byId("lost").hidden = live;
  if (live) {
    if (parts.feet) take.state(parts.state);
    return;
  }
  setText(byId("lost"), t("feet.lost", { time: minute(saidMs) }));
  sayLost(parts.state, saidMs);
  pair.lost();
  const unknown = (parts.state.figures ?? []).map((figure) => ({ ...figure, words: null, reason: t("live.no_connection") }));
  byId("figures").replaceChildren(...unknown.map(figureOf));
}

async function readHistory() {
  try {
    history = await ask(`${place}/history`);
    byId("history").dataset.read = "yes";
    setText(byId("history-note"), "");
    drawHistory();
  } catch (error) {
    byId("history").dataset.read = "no";
    setText(byId("history-note"), error instanceof TypeError ? t("live.history_lost") : `${t("live.history_unread")} ${error.message}`);
  }
  setTimeout(readHistory, HISTORY_MS);
}

function drawHistory() {
  if (history === null) return;
  drawCharts(byId("chart-forefoot"), byId("chart-asymmetry"), history);
  byId("key-usual").hidden = history.usual.left === null && history.usual.right === null;
  byId("key-limit").hidden = byId("key-usual").hidden || history.usual.forefoot_margin === null;
  if (!byId("history-table").open) return;
  byId("history-rows").replaceChildren(...rows(history).map(([time, ...values]) =>
    html("tr", {}, html("th", { scope: "row" }, time), ...values.map((value) => html("td", {}, value)))));
}

byId("ramp").append(...RAMP.map((step, index) => svg("rect", { x: index, y: 0, width: 1.1, height: 8, fill: step })));
byId("history-table").addEventListener("toggle", drawHistory);
new ResizeObserver(drawHistory).observe(byId("history"));
listen(`${root}${place}/events`, take, connected);
readHistory();
