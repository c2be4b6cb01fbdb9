// Language: the words of text.js with their {places} filled, and numbers, days and times as each language writes them
// (Thai years are of the Buddhist era).

import { WORDS } from "./text.js";

export const LANGUAGES = ["vi", "th", "en"];
const LOCALES = { vi: "vi-VN", th: "th-TH", en: "en-GB" };
const ZONE = "Asia/Bangkok"; // both countries are seven hours ahead, all year
let now = "vi";

export const language = () => now;

export function setLanguage(wanted) {
  now = LANGUAGES.includes(wanted) ? wanted : "vi";
  localStorage.setItem("lang", now);
  document.documentElement.lang = now;
}

export function say(key, values = {}) {
  const text = WORDS[key]?.[LANGUAGES.indexOf(now)] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// Fills what stands in the page: data-word is its text, data-label its name for those who do not see it.
export function writeWords(root = document) {
  root.querySelectorAll("[data-word]").forEach((part) => { part.textContent = say(part.dataset.word); });
  root.querySelectorAll("[data-label]").forEach((part) => {
    part.setAttribute("aria-label", say(part.dataset.label));
    if (part.tagName === "BUTTON") part.title = say(part.dataset.label);
  });
}

export const nameOf = (name) => name[now] || name.en;

const made = new Map();
function format(kind, options) {
  const key = `${now} ${kind}`;
  if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(LOCALES[now], options));
  return made.get(key);
}

export const number = (n) => new Intl.NumberFormat(LOCALES[now]).format(n);
export const clock = (at) => format("clock", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: ZONE }).format(new Date(at));
export const moment = (at) => format("moment", { dateStyle: "medium", timeStyle: "short", hour12: false, timeZone: ZONE }).format(new Date(at));
export const dayText = (day) => format("day", { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${day}T12:00:00Z`));
export const yearText = (year) => format("year", { year: "numeric", timeZone: "UTC" }).format(new Date(Date.UTC(year, 5, 1)));

const UNITS = [[86400, "day"], [3600, "hour"], [60, "minute"], [0, "second"]];

// How long ago, in its largest unit.
export function ago(at) {
  const seconds = Math.max(0, (Date.now() - Date.parse(at)) / 1000);
  const [size, unit] = UNITS.find(([least]) => seconds >= least);
  const value = unit === "second" ? Math.floor(seconds / 5) * 5 : Math.floor(seconds / size);
  return new Intl.NumberFormat(LOCALES[now], { style: "unit", unit, unitDisplay: "long" }).format(value);
}
