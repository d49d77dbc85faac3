// The page: takes the parts of the state as they come, and says so when they stop coming.
import { showAlerts } from "./alerts.js";
import { drawCharts, rows } from "./chart.js";
import { RAMP } from "./cividis.js";
import { calibration, Foot } from "./feet.js";
import { figureOf, showToday } from "./figures.js";
import { clock, html, setText } from "./svg.js";

const SILENT_MS = 3000; // the server says the time every second
const HISTORY_MS = 5000;
const WORDS = { calm: "No alert", partial: "Too little measured", alert: "Alert", "not-measured": "Not measured" };
const LOST_STATE = {
  tone: "not-measured",
  headline: "This page has lost its connection.",
  detail: "It cannot show whether your feet are being measured. It keeps trying to connect.",
  advice: [],
  kept: "",
};
const KEPT_NEWS = "What your insoles recorded out of range is not all here yet.";
const LOST_FOOT = { measured: false, reason: "this page has lost its connection", levels: [], total: null };

const byId = (id) => document.getElementById(id);
const feet = { left: new Foot(byId("foot-left"), "left"), right: new Foot(byId("foot-right"), "right") };
const parts = {};
let heardAt = performance.now();
let connected = null;
let history = null;
let source = null;

const show = {
  layout: (layout) => Object.entries(layout).forEach(([side, cells]) => feet[side].layout(cells)),
  feet: (now) => {
    Object.entries(now).forEach(([side, foot]) => feet[side].draw(foot));
    const newest = Math.max(...Object.values(now).map((foot) => foot.last_ms ?? 0));
    setText(byId("last-data"), newest ? `Last data ${clock(newest)}` : "No data yet");
  },
  state: (state) => {
    say(state);
    showAlerts(byId("alert-list"), state.alerts);
    byId("figures").replaceChildren(...state.figures.map(figureOf));
    showToday(byId("today"), byId("today-lines"), state.today);
    setText(byId("coverage"), `Coverage ${Math.round(state.coverage_pct)} %`);
    setText(byId("calibration"), calibration(state.calibration));
  },
  clock: () => {},
};

function say(state) {
  byId("state").dataset.tone = state.tone;
  setText(byId("tone"), WORDS[state.tone]);
  setText(byId("headline"), state.headline);
  setText(byId("detail"), state.detail);
  sayAdvice(state.advice);
  sayKept(state);
}

function sayAdvice(advice) {
  const list = byId("advice");
  if ([...list.children].map((each) => each.textContent).join("\n") === advice.join("\n")) return;
  list.replaceChildren(...advice.map((each) => html("li", {}, each)));
}

// The amount and the bar move every few seconds; what is read aloud changes when it begins and when it is over.
function sayKept(state) {
  byId("kept").hidden = !state.kept;
  setText(byId("kept-words"), state.kept);
  byId("kept-progress").value = state.kept_done_pct ?? 0;
  setText(byId("kept-news"), state.kept ? KEPT_NEWS : "");
}

function setConnected(now) {
  if (connected === now) return;
  connected = now;
  document.body.dataset.connection = now ? "live" : "lost";
  byId("lost").hidden = now;
  if (now) return ["layout", "feet", "state"].filter((name) => parts[name]).forEach((name) => show[name](parts[name]));
  say(LOST_STATE);
  Object.values(feet).forEach((foot) => foot.draw(LOST_FOOT));
  const unknown = (parts.state?.figures ?? []).map((figure) => ({ ...figure, words: null, reason: "no connection" }));
  byId("figures").replaceChildren(...unknown.map(figureOf));
}

function listen() {
  source = new EventSource("events");
  for (const name of Object.keys(show)) {
    source.addEventListener(name, (event) => {
      heardAt = performance.now();
      parts[name] = JSON.parse(event.data);
      setConnected(true);
      show[name](parts[name]);
    });
  }
  source.onerror = () => {
    setConnected(false);
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(listen, 2000);
  };
}

function watch() {
  if (performance.now() - heardAt > SILENT_MS) setConnected(false);
}

async function readHistory() {
  try {
    const response = await fetch("history");
    if (!response.ok) throw new Error((await response.json()).advice);
    history = await response.json();
    byId("history").dataset.read = "yes";
    setText(byId("history-note"), "");
    drawHistory();
  } catch (error) {
    byId("history").dataset.read = "no";
    setText(byId("history-note"), connected ? `The last 15 minutes cannot be read. ${error.message}` : "No connection: the lines end where it was lost.");
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

byId("ramp").append(...RAMP.map((step, index) => {
  const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [key, value] of Object.entries({ x: index, y: 0, width: 1.1, height: 8, fill: step })) bar.setAttribute(key, value);
  return bar;
}));
byId("history-table").addEventListener("toggle", drawHistory);
new ResizeObserver(drawHistory).observe(byId("history"));
listen();
setInterval(watch, 500);
readHistory();
