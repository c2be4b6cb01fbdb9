// What the clerk chooses from, at once and without a line: the units of the office's province, what was chosen lately, and
// the campaigns, sessions and groups around the office. The service adds what is not kept here, while there is a line.

import { findChoices, findRegions } from "./service.js";
import { settings } from "./store.js";

// A province has at most some 600 communes; with their villages the first 2,000 are kept, upper levels first: 0.5 MB.
export const UNITS_KEPT = 2000;
const RECENT_KEPT = 8, FRESH_MS = 12 * 3600_000;

export const lists = { units: [], recent: [], choices: { campaigns: [], outreach: [], groups: [] }, names: {}, at: 0, of: "" };
let folded = [];

export const fold = (text) => text.toLowerCase().replaceAll("đ", "d").normalize("NFD").replace(/\p{Mn}/gu, "");
const ownText = (region) => fold(` ${region.id} ${region.name.vi} ${region.name.th} ${region.name.en}`);
const aboveText = (region) => fold(region.within.map((name) => `${name.vi} ${name.th} ${name.en}`).join(" "));

export async function restore() {
  Object.assign(lists, (await settings.get("lists")) ?? {});
  index();
}

function index() {
  const seen = new Set();
  folded = [...lists.recent, ...lists.units].filter((region) => !seen.has(region.id) && seen.add(region.id))
    .map((region) => ({ region, own: ownText(region), above: aboveText(region) }));
}

const keep = () => settings.put("lists", { ...lists });

// The province (or country) the office lies in.
export const provinceOf = (region) => region && (region.path.length > 1 ? region.path.at(-2) : region.id);

// Fetch anew where the office is another or what is kept is old; keeps what there is where no answer comes.
export async function refresh(region, force = false) {
  const province = provinceOf(region);
  if (!province || (!force && lists.of === province && Date.now() - lists.at < FRESH_MS)) return;
  const [units, choices] = await Promise.all([findRegions({ within: province, limit: UNITS_KEPT }), findChoices(province)]);
  if (!units || !choices) return;
  Object.assign(lists, { units, choices, of: province, at: Date.now() });
  index();
  await keep();
}

export async function choseRegion(region) {
  lists.recent = [region, ...lists.recent.filter((other) => other.id !== region.id)].slice(0, RECENT_KEPT);
  index();
  await keep();
}

// What was typed into a free field (agent, sponsor) is offered the next time.
export async function choseName(field, text) {
  if (!text) return;
  lists.names[field] = [text, ...(lists.names[field] ?? []).filter((other) => other !== text)].slice(0, RECENT_KEPT);
  await keep();
}

// Kept regions that match: recent ones first, then those named by the very words.
export function keptRegions(text, limit = 12) {
  const phrase = fold(text).trim(), words = phrase.split(/\s+/).filter(Boolean);
  if (!words.length) return lists.recent.slice(0, limit);
  const found = folded.filter(({ own, above }) =>
    words.some((word) => own.includes(word)) && words.every((word) => own.includes(word) || above.includes(word)));
  const rank = ({ region, own }) => (lists.recent.some((one) => one.id === region.id) ? 0 : own.includes(` ${phrase}`) ? 1 : 2);
  return found.sort((a, b) => rank(a) - rank(b)).slice(0, limit).map(({ region }) => region);
}

const near = (place, region) =>
  !place || !region || place.id === region.id || region.path.includes(place.id) || place.path.includes(region.id);
const matches = (text, words) => words.every((word) => fold(text).includes(word));

// Of the kept campaigns, sessions or groups: those around a region and for a scheme whose text holds every word.
export function keptChoices(kind, text, region, scheme) {
  const words = fold(text).split(/\s+/).filter(Boolean);
  return lists.choices[kind].filter((one) => {
    const here = kind === "campaigns"
      ? one.schemes.includes(scheme) && (!region || one.regions.some((id) => id === region.id || region.path.includes(id)))
      : near(one.region, region);
    return here && matches([one.id, one.name, one.kind, one.audience, one.partner].filter(Boolean).join(" "), words);
  });
}
