// Set-up: pairing is looked at again and again and shown anew with each step; a bench table may come from a file.
import { ask } from "./base.js";

const LOOK_MS = 400;
const LARGEST_FILE = 30000;
const PARTS = ["pairing", "known-insoles"];

function show(state) {
  const section = document.getElementById("pairing");
  for (const bar of section.querySelectorAll("[data-gone]")) bar.value = state.gone_s;
  for (const place of document.querySelectorAll("[data-link]")) {
    const words = state.links[place.dataset.link];
    if (place.textContent !== words) place.textContent = words;
  }
  for (const [address, count] of Object.entries(state.stamps)) {
    for (const meter of section.querySelectorAll("meter")) if (meter.dataset.stamps === address) meter.value = count;
    for (const place of section.querySelectorAll("[data-count]")) if (place.dataset.count === address) place.textContent = count;
  }
}

// The server draws every step; whoever was inside a part that is exchanged goes on at its heading.
async function redraw() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!fresh.getElementById("pairing")) return location.reload();
  const at = document.activeElement;
  const wasInside = PARTS.some((part) => document.getElementById(part).contains(at));
  for (const part of PARTS) document.getElementById(part).replaceWith(fresh.getElementById(part));
  const title = document.getElementById("pairing-title");
  if (wasInside) title.focus();
  const words = document.querySelector("[data-testid=stamp]") ?? title;
  document.getElementById("said").textContent = words.textContent;
}

async function look() {
  const section = document.getElementById("pairing");
  try {
    const state = await ask("setup/insoles/state");
    if (String(state.number) !== section.dataset.number) await redraw();
    else show(state);
  } catch {
    // the service may be starting again: the next look tells
  }
  setTimeout(look, LOOK_MS);
}

async function take(input) {
  const [file] = input.files;
  if (!file) return;
  const table = document.getElementById(input.dataset.into);
  const tooBig = file.size > LARGEST_FILE;
  input.setCustomValidity(tooBig ? input.dataset.tooBig : "");
  if (tooBig) input.reportValidity();
  else table.value = await file.text();
}

if (document.getElementById("pairing")) look();
for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
for (const input of document.querySelectorAll("input[type=file]")) input.addEventListener("change", () => take(input));
