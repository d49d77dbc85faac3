// The wearer's page: takes the parts of the state as they come, and says so when they stop coming.
import { root, t } from "./base.js";
import { isOpen, showAlerts } from "./alerts.js";
import { BigButton } from "./big.js";
import { showDay } from "./figures.js";
import { Pair } from "./pair.js";
import { say, sayLost } from "./sentence.js";
import { keepShell } from "./shell.js";
import { listen } from "./stream.js";
import { setText } from "./svg.js";
import { minute } from "./times.js";

const byId = (id) => document.getElementById(id);
const { person } = document.body.dataset;
const pair = new Pair(true);
const button = new BigButton(person);
const parts = { state: { headline: byId("headline").textContent } };
let saidMs = Number(byId("state").dataset.nowMs);

const take = {
  layout: (layout) => pair.layout(layout),
  feet: (feet) => {
    parts.feet = feet;
    pair.draw(feet);
    if (Object.values(feet).some((foot) => foot.measured)) byId("silence")?.remove();
  },
  state: (state) => {
    parts.state = state;
    say(state);
    button.follow(state);
    showDay(byId("day"), state);
    const mine = state.alerts.filter((alert) => isOpen(alert) && alert.for_wearer !== false);
    byId("alerts").hidden = !mine.length;
    showAlerts(byId("alert-list"), mine);
  },
  clock: ({ now_ms: ms }) => {
    saidMs = ms;
  },
};

function connected(live) {
  byId("lost").hidden = live;
  button.connected(live);
  if (live) {
    if (parts.feet) take.state(parts.state);
    return;
  }
  setText(byId("lost"), t("feet.lost", { time: minute(saidMs) }));
  sayLost(parts.state, saidMs);
  pair.lost();
}

listen(`${root}p/${encodeURIComponent(person)}/events`, take, connected);
keepShell();
