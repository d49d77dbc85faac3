// What every page has: words for scripts, the way up to the root, and forms that are sent without leaving the page.
const { up, csrf, language } = document.body.dataset;
const block = document.getElementById("words");
const words = block ? JSON.parse(block.textContent) : {};

export const root = up;
export const lang = language;

// The sentence of a key, with {name} filled in; a key that is missing shows itself.
export function t(key, named = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => named[name] ?? whole);
}

// Post fields to a place below the root; gives what the server said, or throws with its advice and, in `detail`, what it rests on.
export async function send(where, fields) {
  const response = await fetch(up + where, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRF": csrf },
    body: new URLSearchParams(fields),
  });
  const said = await response.json();
  if (!response.ok) throw Object.assign(new Error(said.advice ?? response.statusText), { detail: said.detail });
  return said;
}

export async function ask(where) {
  const response = await fetch(up + where, { headers: { Accept: "application/json" } });
  const said = await response.json();
  if (!response.ok) throw new Error(said.advice ?? response.statusText);
  return said;
}
