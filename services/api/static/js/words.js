// Words, numbers, dates and names in the reader's language.

import behind from "./words/behind.js";
import explain from "./words/explain.js";
import figures from "./words/figures.js";
import page from "./words/page.js";
import plans from "./words/plans.js";
import work from "./words/work.js";

const WORDS = { ...page, ...figures, ...plans, ...work, ...explain, ...behind };

export const LANGUAGES = ["vi", "th", "en"];
// Thai: years of the Buddhist era, digits as in the office (1, 2, 3).
const LOCALES = { vi: "vi-VN", th: "th-TH-u-ca-buddhist-nu-latn", en: "en-GB" };
let language = "vi";

export function setLanguage(wanted) {
  language = wanted;
  document.documentElement.lang = wanted;
}

// A word with its {places} filled.
export function say(key, values = {}) {
  const text = WORDS[key]?.[LANGUAGES.indexOf(language)] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export const known = (key) => key in WORDS;
export const nameOf = (region) => region.name[language] || region.name.en;

const formats = new Map();
function format(kind, make) {
  const key = `${language}/${kind}`;
  if (!formats.has(key)) formats.set(key, make(LOCALES[language]));
  return formats.get(key);
}
const numbers = (kind, options) => (n) => format(kind, (l) => new Intl.NumberFormat(l, options)).format(n);
const times = (kind, options) => (date) => format(kind, (l) => new Intl.DateTimeFormat(l, options)).format(date);

export const number = numbers("number", { maximumFractionDigits: 2 });
export const compact = numbers("compact", { notation: "compact", maximumFractionDigits: 1 });
const percentage = numbers("percent", { style: "percent", minimumFractionDigits: 2 });
const shortPercentage = numbers("short", { style: "percent", maximumFractionDigits: 2 });
export const percent = (n) => percentage(n / 100);
const tenthsOfPercent = numbers("tenths", { style: "percent", maximumFractionDigits: 1 });
export const tenths = (n) => tenthsOfPercent(n / 100);
export const shortPercent = (n) => shortPercentage(n / 100);
export const money = (n, currency) =>
  format(`money ${currency}`, (l) => new Intl.NumberFormat(l, { style: "currency", currency, maximumFractionDigits: 0 })).format(n);

const noon = (day) => new Date(`${day}T12:00:00Z`);
const DAY = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
const dayFormat = times("day", DAY);
const dayMonth = times("dm", { day: "numeric", month: "short", timeZone: "UTC" });
const monthFormat = times("month", { month: "short", year: "2-digit", timeZone: "Asia/Bangkok" });
const yearFormat = times("year", { year: "numeric", timeZone: "UTC" });
const hourFormat = times("hour", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Bangkok" });
const dayHour = times("dayhour", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "Asia/Bangkok" });
const momentFormat = times("moment", { dateStyle: "medium", timeStyle: "medium", timeZone: "Asia/Bangkok" });
const clockFormat = times("clock", { timeStyle: "medium" });

// Both countries are at UTC+7 the whole year, so a moment has the same hour and day in Hanoi and Bangkok.
export const localDay = (text) => new Date(Date.parse(text) + 7 * 3600e3).toISOString().slice(0, 10);
export const day = (text) => dayFormat(noon(text));
export const span = (from, to) => format("day", (l) => new Intl.DateTimeFormat(l, DAY)).formatRange(noon(from), noon(to));
export const dayAndMonth = (text) => dayMonth(noon(text));
export const month = (text) => monthFormat(new Date(text));
export const year = (n) => yearFormat(noon(`${n}-06-01`));
export const hour = (text) => hourFormat(new Date(text));
export const dayAndHour = (text) => dayHour(new Date(text));
export const moment = (text) => momentFormat(new Date(text));
export const clock = (ms) => clockFormat(new Date(ms));

const UNITS = [[86400, "day"], [3600, "hour"], [60, "minute"]];

// A length of time in its largest unit; tenths of a second below ten.
export function age(ms) {
  const seconds = Math.max(0, ms / 1000);
  const [size, unit] = UNITS.find(([least]) => seconds >= least) ?? [1, "second"];
  const digits = unit === "second" && seconds < 10 ? 1 : 0;
  const options = { style: "unit", unit, unitDisplay: "long", minimumFractionDigits: digits, maximumFractionDigits: digits };
  return format(`age ${unit} ${digits}`, (l) => new Intl.NumberFormat(l, options)).format(seconds / size);
}

export const compare = (a, b) => a.localeCompare(b, language, { numeric: true });
