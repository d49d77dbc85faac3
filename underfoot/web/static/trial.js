// A trial of other limits works on the hub; look twice a second how far it is, and show what came of it.
import { ask, root, t } from "./base.js";

const where = location.pathname.slice(new URL(root, location.href).pathname.length);
const far = document.getElementById("far");
const progress = document.getElementById("progress");

async function look() {
  const { state, done, of } = await ask(where);
  if (state !== "working") return location.reload();
  if (of) {
    progress.max = of;
    progress.value = done;
    far.textContent = t("limits.walks_done", { done, of });
  }
  setTimeout(look, 500);
}

look().catch((fault) => {
  far.textContent = fault.message;
});
