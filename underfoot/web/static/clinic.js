// Forms of the clinician's pages are sent without leaving the page: what is refused stands beside what was typed.
import { root, send } from "./base.js";

const where = (form) => form.getAttribute("action").slice(root.length).replace(/#.*/, "");

function english(words) {
  const said = document.createElement("span");
  said.lang = "en";
  said.textContent = words;
  return said;
}

async function say(form, submitter) {
  const fields = new FormData(form, submitter);
  const answer = form.querySelector(".answer");
  answer.textContent = "";
  answer.classList.remove("refusal");
  submitter.disabled = true;
  try {
    const said = await send(where(form), fields);
    const to = new URL(root + said.to, location.href);
    const stays = to.pathname === location.pathname && to.search === location.search;
    if (!stays) location.assign(to);
    else location.reload();
  } catch (refusal) {
    answer.replaceChildren(...(refusal.detail ? [english(`${refusal.detail}. `)] : []), refusal.message);
    answer.classList.add("refusal");
    submitter.disabled = false;
    submitter.focus();
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form.say")) return;
  event.preventDefault();
  say(event.target, event.submitter);
});

document.getElementById("said")?.focus();
