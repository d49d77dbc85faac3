// The whole walk as two lanes: what was measured of each foot, what was not, and where alerts were raised.
import { svg } from "./svg.js";

const HEIGHT = 40;
const LANES = [["left", 2], ["right", 22]];
const THICK = 16;
const LEAST_GAP = 3; // pixels: a short gap is to be seen as well

export function drawLanes(picture, plan) {
  const width = Math.max(100, picture.clientWidth);
  const x = (second) => (width * second) / plan.seconds;
  picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  const lanes = LANES.flatMap(([side, y]) => [
    svg("rect", { class: `lane ${side}`, x: 0, y, width, height: THICK }),
    ...plan.feet[side].gaps.map(([from, to]) => {
      const wide = Math.max(LEAST_GAP, x(to) - x(from));
      return svg("rect", { class: "lane-gap", "data-side": side, x: Math.min(x(from), width - wide), y, width: wide, height: THICK });
    }),
  ]);
  const marks = plan.alerts.map((alert) =>
    svg("line", { class: "lane-mark", x1: x(alert.raised_s), x2: x(alert.raised_s), y1: 0, y2: HEIGHT }));
  const now = svg("line", { class: "lane-now", y1: 0, y2: HEIGHT });
  picture.replaceChildren(...lanes, ...marks, now);
  return (second) => {
    now.setAttribute("x1", x(second));
    now.setAttribute("x2", x(second));
  };
}
