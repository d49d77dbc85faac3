// The page is asked for again now and then; what somebody is filling in is left alone.
import { t } from "./base.js";

const EVERY_MS = 10_000;
const lost = document.getElementById("lost");

async function again() {
  const shown = document.getElementById("contact");
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (answer.redirected) return location.assign(answer.url);
    if (!answer.ok) throw new Error(answer.statusText);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const isBusy = shown.querySelector("form:focus-within") || [...shown.querySelectorAll("input:not([type=hidden])")].some((each) => each.value);
    if (!isBusy && !shown.querySelector("details[open]")) shown.replaceWith(next.getElementById("contact"));
    lost.dataset.time = next.getElementById("lost").dataset.time;
    lost.hidden = true;
  } catch {
    lost.textContent = t("contact.lost", { time: lost.dataset.time });
    lost.hidden = false;
  }
  document.body.dataset.connection = lost.hidden ? "live" : "lost";
}

setInterval(again, EVERY_MS);
for (const news of ["online", "offline"]) window.addEventListener(news, again);
document.addEventListener("visibilitychange", () => document.hidden || again());
