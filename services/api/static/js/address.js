// What is looked at stands in the address: whoever opens it sees the same view.

import { LANGUAGES } from "./words.js";

export const SCHEMES = {
  VN: ["voluntary_si", "compulsory_si", "social_insurance", "health", "unemployment"],
  TH: ["section40", "compulsory_si", "health"],
};
export const TABS = ["overview", "places", "ranking", "plans", "outreach", "offices", "groups"];
const ALLOWED = {
  tab: TABS,
  measure: ["", "coverage", "plan", "new", "people"], // none: what there is to see
  map: ["auto", "VN-2025", "VN-2008"],
  span: ["", "48h", "30d", "12m", "plan"],
  rank: ["", "coverage_pct", "participants", "new_24h", "new_7d", "new_30d", "yoy_pct"],
  level: ["", "province", "district", "commune", "village", "group"],
};
const DAY = /^\d{4}-\d\d-\d\d$/;

export const view = {};

export function readAddress(search = location.search) {
  const asked = new URLSearchParams(search);
  for (const [name, values] of Object.entries(ALLOWED)) {
    view[name] = values.includes(asked.get(name)) ? asked.get(name) : values[0];
  }
  view.wall = asked.get("wall")?.split(",").filter(Boolean) ?? null;
  view.every = Math.min(600, Math.max(2, Number(asked.get("every")) || 20));
  view.region = asked.get("region") || view.wall?.[0] || "VN";
  view.scheme = asked.get("scheme") || mainScheme(view.region);
  view.date = DAY.test(asked.get("date") ?? "") ? asked.get("date") : null;
  view.plan = asked.get("plan");
  view.explain = asked.get("explain");
  const wanted = asked.get("lang") || localStorage.getItem("lang") || navigator.language.slice(0, 2);
  view.lang = LANGUAGES.includes(wanted) ? wanted : "en";
}

export const countryOf = (region) => region.slice(0, 2);
export const mainScheme = (region) => SCHEMES[countryOf(region)]?.[0] ?? "voluntary_si";

// The address of this view with some of it changed. Null takes a part away; what is as usual is left out.
export function link(change = {}) {
  const next = { ...view, explain: null, ...change };
  if (change.region && !change.scheme && countryOf(change.region) !== countryOf(view.region)) next.scheme = mainScheme(change.region);
  const parts = { region: next.region, scheme: next.scheme, lang: next.lang };
  for (const name of Object.keys(ALLOWED)) {
    if (next[name] !== ALLOWED[name][0]) parts[name] = next[name];
  }
  for (const name of ["date", "plan", "explain"]) if (next[name]) parts[name] = next[name];
  if (next.wall) Object.assign(parts, { wall: next.wall.join(","), every: next.every });
  return `?${new URLSearchParams(parts).toString().replaceAll("%2C", ",")}`;
}
