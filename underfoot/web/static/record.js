// The drawn curves of the record are replaced by ones whose marks lead to what happened.
import { lang } from "./base.js";
import { plot } from "./plot.js";

const KINDS = { alert: "alert", flag: "alert", note: "focus", rule: "soft", programme: "calm" };

const block = document.getElementById("trend");
const trend = block ? JSON.parse(block.textContent) : { charts: [] };
for (const chart of trend.charts) {
  const place = document.getElementById(`plot-${chart.id}`);
  if (!place) continue;
  const marks = chart.marks.map((mark) => ({ ...mark, tone: KINDS[mark.kind] }));
  plot(place, { ...chart, marks, t_ms: trend.t_ms, zone: trend.zone, lang });
}

// The row that an address names stands in a table that is folded.
function unfold() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const folded = named?.closest("details");
  if (!folded) return;
  folded.open = true;
  named.scrollIntoView();
}
addEventListener("hashchange", unfold);
unfold();
