// The sentence of state, what to do, and what is still in the insoles.
import { t } from "./base.js";
import { html, setText } from "./svg.js";
import { minute } from "./times.js";

const byId = (id) => document.getElementById(id);

export function say(state) {
  byId("state").dataset.tone = state.tone;
  setText(byId("tone"), t(`feet.tone.${state.tone}`));
  setText(byId("headline"), state.headline);
  setText(byId("detail"), state.detail);
  sayAdvice(state.advice);
  sayKept(state);
}

// What was said last stands there as what was said then.
export function sayLost(state, ms) {
  const then = state?.headline ? t("feet.lost_then", { time: minute(ms), headline: state.headline }) : "";
  say({
    tone: "not-measured", headline: t("feet.lost_headline"), detail: `${t("feet.lost_detail")} ${then}`.trim(),
    advice: [], kept: "",
  });
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
  setText(byId("kept-news"), state.kept ? t("feet.kept_news") : "");
}
