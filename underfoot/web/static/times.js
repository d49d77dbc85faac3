// Times as the wearer's clock shows them, wherever the browser stands; its own where the hub's zone has no name.
import { lang } from "./base.js";

const timeZone = document.querySelector("[data-zone]")?.dataset.zone || undefined;
const locale = lang === "de" ? "de-AT" : "en-GB";
const say = (options) => {
  const format = new Intl.DateTimeFormat(locale, { timeZone, ...options });
  return (ms) => format.format(new Date(ms));
};

export const clock = say({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const minute = say({ hour: "2-digit", minute: "2-digit" });
export const day = say({ weekday: "short", day: "numeric", month: "short" });
