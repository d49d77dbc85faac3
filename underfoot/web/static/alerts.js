// The list of alerts, changed in place so that what somebody is filling in stays.
import { clock, day, html } from "./svg.js";

const ACTIONS = ["sat down", "checked the foot", "checked the shoe", "changed the shoe", "nothing yet"];
const shown = new Map();

export function showAlerts(list, alerts) {
  const items = alerts.map((alert) => {
    const told = JSON.stringify([alert, day(Date.now())]);
    const known = shown.get(alert.id);
    if (known?.told === told) return known.item;
    const item = build(alert);
    if (known?.item.contains(document.activeElement)) queueMicrotask(() => item.focus());
    shown.set(alert.id, { told, item });
    return item;
  });
  if (!items.length) items.push(html("li", { class: "none" }, "Nothing in the list."));
  const same = items.length === list.children.length && items.every((item, index) => item === list.children[index]);
  if (!same) list.replaceChildren(...items);
}

function build(alert) {
  const item = html("li", {
    class: "alert", tabindex: "-1", "data-testid": "alert", "data-alert-id": alert.id, "data-state": alert.state,
  });
  const facts = [alert.level === "note" ? "note" : `level ${alert.level}`, moment(alert.raised_ms)];
  if (alert.side) facts.push(`${alert.side} foot`);
  if (alert.late) facts.push("found afterwards, in data that came late");
  item.append(
    html("p", { class: "facts" }, html("strong", { class: "state" }, alert.state_word), ` · ${facts.join(" · ")}`),
    html("p", { class: "text" }, alert.text),
  );
  if (alert.by) item.append(html("p", { class: "facts" }, `Acknowledged by ${alert.by}${alert.action ? `: ${alert.action}` : ""}`));
  if (alert.useful !== null) item.append(html("p", { class: "facts" }, `Said to be ${alert.useful ? "" : "not "}useful`));
  if (alert.can_acknowledge) item.append(form(alert.id));
  else if (alert.can_judge) item.append(verdict(alert.id));
  item.append(html("details", {}, html("summary", {}, "For the clinician"), html("p", {}, alert.evidence)));
  return item;
}

function moment(ms) {
  return day(ms) === day(Date.now()) ? clock(ms) : `${day(ms)}, ${clock(ms)}`;
}

function form(id) {
  const action = html("select", { name: "action", id: `did-${id}` }, html("option", { value: "" }, "choose (optional)"));
  action.append(...ACTIONS.map((words) => html("option", { value: words }, words)));
  const button = html("button", { type: "submit", "data-testid": "acknowledge" }, "Acknowledge");
  const answer = html("p", { class: "answer", role: "status" });
  const asked = html("form", {}, html("label", { for: `did-${id}` }, "What did you do?"), action, button, answer);
  asked.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    answer.textContent = "Sending…";
    answer.textContent = await send(`${encodeURIComponent(id)}/acknowledge`, { by: "the page", action: action.value || null });
    button.disabled = false;
  });
  return asked;
}

function verdict(id) {
  const answer = html("p", { class: "answer", role: "status" });
  const asked = html("div", { class: "verdict", role: "group", "aria-label": "Was this alert useful?" }, html("span", {}, "Was this useful?"));
  for (const [words, useful] of [["Yes", true], ["No", false]]) {
    const button = html("button", { type: "button", "data-testid": useful ? "useful" : "not-useful" }, words);
    button.addEventListener("click", async () => {
      answer.textContent = await send(`${encodeURIComponent(id)}/judge`, { by: "the page", useful });
    });
    asked.append(button);
  }
  asked.append(answer);
  return asked;
}

async function send(where, words) {
  try {
    const response = await fetch(`alerts/${where}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(words),
    });
    return response.ok ? "Sent. Waiting for the answer." : (await response.json()).advice;
  } catch {
    return "Not sent: there is no connection to the hub.";
  }
}
