// The page without a connection: a service worker keeps its files, and what it showed last. Browsers allow one on
// https and on this machine only; elsewhere the page works as long as the hub is reached.
import { root } from "./base.js";

const KEEP_MS = 60_000; // how old what is shown without a connection may be at most

export async function keepShell() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(`${root}sw.js`, { scope: root });
  } catch {
    return; // refused by the browser: nothing is kept
  }
  keep();
  setInterval(() => document.body.dataset.connection === "live" && keep(), KEEP_MS);
}

async function keep() {
  const { active } = await navigator.serviceWorker.ready;
  active.postMessage({ keep: location.href.split(/[?#]/)[0] });
}
