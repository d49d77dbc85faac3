// The one big button: what it does follows the state, it says so, and it claims nothing that was not sent.
import { send, t } from "./base.js";
import { html, setText } from "./svg.js";

const SETTLE_MS = 1200; // a press that was meant for what the button did before must not do the new thing
const byId = (id) => document.getElementById(id);

export class BigButton {
  constructor(person) {
    this.place = `p/${encodeURIComponent(person)}/`;
    this.form = byId("big");
    this.button = byId("big-button");
    this.answer = byId("big-answer");
    this.did = byId("did");
    this.alert = this.form.dataset.alert || null;
    this.live = false;
    this.form.addEventListener("submit", (event) => this.press(event));
    this.did.addEventListener("submit", (event) => this.tell(event));
  }

  follow(state) {
    const told = state.alerts.find((alert) => alert.id === state.told && alert.can_acknowledge);
    const next = told?.id ?? null;
    if (next !== this.alert) this.changedAt = performance.now();
    if (next && next !== this.alert) this.forget();
    this.alert = next;
    this.form.dataset.alert = next ?? "";
    this.show();
  }

  // What was answered before is no answer to what has come since.
  forget() {
    this.answer.replaceChildren();
    this.did.hidden = true;
  }

  connected(live) {
    this.live = live;
    this.show();
  }

  show() {
    const does = this.live ? (this.alert ? "seen" : "well") : "offline";
    this.button.dataset.does = does;
    this.button.disabled = !this.live || this.busy === true;
    setText(this.button, t(`feet.big_${does}`));
    setText(byId("big-note"), t(`feet.big_note_${does}`));
  }

  async press(event) {
    event.preventDefault();
    if (!this.live || this.busy || performance.now() - (this.changedAt ?? -SETTLE_MS) < SETTLE_MS) return;
    const alert = this.alert;
    const where = alert ? `alerts/${encodeURIComponent(alert)}/acknowledge` : "well";
    if (await this.post(where, {}) && alert) this.ask(alert);
  }

  // What was done may be said afterwards; nobody has to.
  ask(alert) {
    this.did.dataset.alert = alert;
    this.did.hidden = false;
    this.did.scrollIntoView({ block: "nearest" });
  }

  async tell(event) {
    event.preventDefault();
    const action = event.submitter?.value ?? "";
    if (await this.post(`alerts/${encodeURIComponent(this.did.dataset.alert)}/acknowledge`, { action })) this.did.hidden = true;
    this.button.focus();
  }

  async post(where, fields) {
    this.busy = true;
    this.show();
    this.answer.replaceChildren(html("span", {}, t("feet.sending")));
    try {
      const said = await send(this.place + where, fields);
      setText(this.answer, said.answer ?? t("feet.sent"));
      return true;
    } catch (error) {
      setText(this.answer, `${t("feet.not_sent")} ${error instanceof TypeError ? "" : error.message}`.trim());
      return false;
    } finally {
      this.busy = false;
      this.show();
    }
  }
}
