// The list of alerts, changed in place so that what somebody is filling in stays.
import { send, t } from "./base.js";
import { html } from "./svg.js";
import { day, minute } from "./times.js";

const ACTIONS = ["sat down", "checked the foot", "checked the shoe", "changed the shoe", "nothing yet"];
const OPEN = ["active", "escalated", "acknowledged"];
const { person } = document.body.dataset;
const shown = new Map();

export const isOpen = (alert) => OPEN.includes(alert.state) || alert.can_acknowledge;

// `can`: what this viewer may do, beside acknowledge and judge: `escalate`.
export function showAlerts(list, alerts, can = {}) {
  const items = alerts.map((alert) => {
    const told = JSON.stringify([alert, day(Date.now())]);
    const known = shown.get(alert.id);
    if (known?.told === told) return known.item;
    const item = build(alert, can);
    if (known?.item.contains(document.activeElement)) queueMicrotask(() => item.focus());
    shown.set(alert.id, { told, item });
    return item;
  });
  if (!items.length) items.push(html("li", { class: "none" }, t("feet.none_listed")));
  const same = items.length === list.children.length && items.every((item, index) => item === list.children[index]);
  if (!same) list.replaceChildren(...items);
}

function build(alert, can) {
  const item = html("li", {
    class: "alert", tabindex: "-1", "data-testid": "alert", "data-alert-id": alert.id, "data-state": alert.state,
  });
  const facts = [moment(alert.raised_ms)];
  if (can.evidence) facts.unshift(alert.level === t("state.level.info") ? alert.level : t("feet.level", { level: alert.level }));
  if (alert.side) facts.push(t(`feet.foot_${alert.side}`));
  if (alert.late) facts.push(t("feet.late"));
  const text = html("p", { class: "text" }, alert.text);
  if (alert.text_lang) text.lang = alert.text_lang;
  item.append(html("p", { class: "facts" }, html("strong", { class: "state" }, alert.state_word), ` · ${facts.join(" · ")}`), text);
  if (alert.muted) item.append(html("p", { class: "facts", "data-testid": "muted" }, t("feet.muted")));
  if (alert.by) item.append(html("p", { class: "facts" }, t("feet.by", { by: alert.by }) + did(alert.action)));
  if (alert.useful !== null) item.append(html("p", { class: "facts" }, t(alert.useful ? "feet.useful" : "feet.not_useful")));
  if (alert.can_acknowledge) item.append(form(alert.id));
  else if (alert.can_judge) item.append(verdict(alert.id));
  if (can.escalate && OPEN.includes(alert.state) && alert.state !== "escalated") item.append(escalation(alert.id));
  if (can.evidence) item.append(html("details", {}, html("summary", {}, t("feet.for_clinic")), html("p", { lang: "en" }, alert.evidence)));
  return item;
}

const moment = (ms) => (day(ms) === day(Date.now()) ? minute(ms) : `${day(ms)}, ${minute(ms)}`);

function did(action) {
  if (!action) return "";
  const key = `feet.did.${action.replaceAll(" ", "-")}`;
  const words = t(key);
  return `: ${words === key ? action : words}`;
}

function form(id) {
  const action = html("select", { name: "action", id: `did-${id}` }, html("option", { value: "" }, t("feet.choose")));
  action.append(...ACTIONS.map((words) => html("option", { value: words }, t(`feet.did.${words.replaceAll(" ", "-")}`))));
  const button = html("button", { type: "submit", "data-testid": "acknowledge" }, t("feet.acknowledge"));
  return posting(html("form", {}, html("label", { for: `did-${id}` }, t("feet.what_did")), action, button),
    () => [`${encodeURIComponent(id)}/acknowledge`, { action: action.value }]);
}

function verdict(id) {
  const button = (words, useful) => html("button", {
    type: "submit", value: useful, class: "second", "data-testid": useful === "yes" ? "useful" : "not-useful",
  }, words);
  return posting(html("form", { class: "verdict" }, html("span", {}, t("feet.was_useful")), button(t("feet.yes"), "yes"), button(t("feet.no"), "no")),
    (event) => [`${encodeURIComponent(id)}/judge`, { useful: event.submitter.value }]);
}

function escalation(id) {
  const note = html("input", { name: "note", maxlength: 500, id: `note-${id}` });
  const button = html("button", { type: "submit", class: "second", "data-testid": "escalate" }, t("feet.escalate"));
  return posting(html("form", {}, html("label", { for: `note-${id}` }, t("feet.escalate_note")), note, button),
    () => [`${encodeURIComponent(id)}/escalate`, { note: note.value }]);
}

function posting(asked, what) {
  const answer = html("p", { class: "answer", role: "status" });
  asked.append(answer);
  asked.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [where, fields] = what(event);
    answer.textContent = t("feet.sending");
    try {
      answer.textContent = (await send(`p/${encodeURIComponent(person)}/alerts/${where}`, fields)).answer;
    } catch (error) {
      answer.textContent = `${t("feet.not_sent")} ${error instanceof TypeError ? "" : error.message}`.trim();
    }
  });
  return asked;
}
