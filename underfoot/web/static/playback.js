// A stored walk played: time goes on by the page's clock times the speed, and every picture is a frame that was measured.
import { t } from "./base.js";
import { RAMP } from "./cividis.js";
import { Foot } from "./feet.js";
import { Reel } from "./playback_reel.js";
import { drawLanes } from "./playback_track.js";
import { setText, svg } from "./svg.js";

const byId = (id) => document.getElementById(id);
const plan = JSON.parse(byId("plan").textContent);
const person = encodeURIComponent(document.body.dataset.person);
const reel = new Reel(plan, `p/${person}/walks/${encodeURIComponent(plan.walk)}/frames`, () => {
  shown = -1; // a gait line may begin in what has come
  if (!playing) go(at);
});
const [player, place, play, speed] = ["player", "place", "play", "speed"].map(byId);
const feet = ["left", "right"].map((side) => new Foot(byId(`foot-${side}`), side));
const FIGURES = ["left", "right", "asymmetry"];
const FAR_S = 10;
const END_S = Math.max(0, (reel.frames - 1) * plan.frame_s);

let at = plan.at_s; // second of the walk
let playing = false;
let turned = 0; // page time of the last turn
let shown = -1; // the frame that is on the page
let mark = () => {};

const two = (number) => String(number).padStart(2, "0");
const clockOf = (second) => {
  const whole = Math.floor((plan.clock_ms / 1000 + second + 1e-6) % 86400);
  return [whole / 3600, (whole / 60) % 60, whole % 60].map((part) => two(Math.floor(part))).join(":");
};
const length = (second) => `${Math.floor(second / 60)}:${two(Math.floor(second % 60))}`;

function set(state) {
  playing = state;
  player.dataset.state = playing ? "playing" : "paused";
  setText(play, t(playing ? "walks.pause" : "walks.start"));
  turned = performance.now();
  if (playing) requestAnimationFrame(turn);
}

function go(second) {
  at = Math.min(END_S, Math.max(0, second));
  reel.want(at, 1);
  draw();
}

function turn(now) {
  if (!playing) return;
  const rate = Number(speed.value);
  reel.want(at, 1 + Math.ceil(rate / 4));
  const next = Math.min(END_S, at + (Math.max(0, now - turned) / 1000) * rate);
  turned = Math.max(turned, now);
  if (reel.at(reel.index(next))) at = next;
  else player.dataset.stalls = Number(player.dataset.stalls) + 1;
  draw();
  if (at >= END_S) set(false);
  else requestAnimationFrame(turn);
}

function draw() {
  const index = reel.index(at);
  const here = reel.at(index) !== null;
  tell(here);
  player.classList.toggle("waiting", !here); // what is shown is not of the time that stands above it
  if (here && index !== shown) {
    shown = index;
    feet.forEach((foot) => drawFoot(foot, index));
    FIGURES.forEach((name) => drawFigure(name, index));
  }
  player.dataset.at = at.toFixed(3);
  setText(byId("clock"), clockOf(at));
  setText(byId("elapsed"), t("walks.elapsed", { now: length(at), all: length(plan.seconds) }));
  place.value = at;
  if (place.getAttribute("aria-valuetext") !== clockOf(at)) place.setAttribute("aria-valuetext", clockOf(at));
  mark(at);
}

function tell(here) {
  const words = reel.trouble || (here ? "" : t("walks.loading"));
  setText(byId("told"), words || (at >= END_S ? t("walks.ended") : ""));
}

function drawFoot(foot, index) {
  const levels = reel.levels(foot.side, index);
  const side = t(`foot.${foot.side}`);
  foot.paint(levels);
  foot.line(...reel.path(foot.side, index));
  const reason = t(plan.feet[foot.side].cells.length ? "walks.no_data" : "walks.not_described");
  setText(foot.load, levels ? "" : t("foot.not_measured"));
  setText(foot.note, levels ? "" : reason);
  foot.label(levels ? t("foot.label", { side }) : t("foot.label_not", { side, reason }));
}

function drawFigure(name, index) {
  const value = reel.figure(name, index);
  if (value === undefined) return;
  const figure = byId(`figure-${name}`);
  figure.classList.toggle("unknown", value === null);
  setText(figure, value === null ? t("page.not_measured") : t("walks.percent", { n: value.toFixed(1) }));
}

const STEPS = {
  ArrowLeft: -plan.frame_s, ArrowRight: plan.frame_s, ArrowUp: FAR_S, ArrowDown: -FAR_S, PageUp: FAR_S, PageDown: -FAR_S,
};

const step = (seconds) => {
  set(false);
  go(Math.abs(seconds) < 1 ? (reel.index(at) + Math.sign(seconds) + 0.5) * plan.frame_s : at + seconds);
};

function press(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("select, textarea")) return;
  if (event.key === " ") {
    if (event.target.closest("button, a, summary")) return;
    set(!playing && at < END_S);
  } else if (event.key in STEPS) {
    const far = event.shiftKey && Math.abs(STEPS[event.key]) < FAR_S;
    step(far ? Math.sign(STEPS[event.key]) * FAR_S : STEPS[event.key]);
  } else return;
  event.preventDefault();
}

feet.forEach((foot) => foot.layout(plan.feet[foot.side].cells));
byId("ramp").replaceChildren(...RAMP.map((fill, x) => svg("rect", { x, y: 0, width: 1.1, height: 8, fill })));
play.addEventListener("click", () => {
  if (!playing && at >= END_S) go(0);
  set(!playing);
});
place.addEventListener("input", () => go(Number(place.value)));
document.addEventListener("keydown", press);
document.addEventListener("visibilitychange", () => document.hidden && set(false));
for (const [id, seconds] of [["back-far", -FAR_S], ["back-one", -plan.frame_s], ["on-one", plan.frame_s], ["on-far", FAR_S]]) {
  byId(id).addEventListener("click", () => step(seconds));
}
for (const button of document.querySelectorAll(".jump")) {
  button.addEventListener("click", () => {
    go(Number(button.dataset.at));
    player.scrollIntoView({ block: "start" });
    play.focus({ preventScroll: true });
  });
}
new ResizeObserver(() => {
  mark = drawLanes(byId("lanes"), plan);
  mark(at);
}).observe(byId("lanes"));
go(at);
player.dataset.ready = "yes";
