// What a view asks the API for, and when again: at once, then as long as the figures go on changing.

import { view } from "./address.js";
import { get } from "./api.js";
import { seriesWanted, spanOf } from "./chart.js";
import { rankedBy, rankingLevel } from "./places.js";

const here = (rest = "") => `/v1/regions/${encodeURIComponent(view.region)}${rest}`;
const on = (...tabs) => !view.wall && tabs.includes(view.tab);

// Vietnam's 34 provinces, asked for as such, also hold who was registered in the 63 before.
const unitsWanted = () => (view.region === "VN" && view.map === "VN-2025" ? "now" : null);

// name: how often in ms, when it is wanted, and how it is asked for. `held`: what is known so far. `follows`: it is asked for
// again when that has moved on: the coverage that is shown, or (of what counts other schemes, too) all figures.
export const SOURCES = {
  page: { every: 2000, wanted: () => true, ask: () => get(here(), { scheme: view.scheme, date: view.date, as: unitsWanted() }) },
  series: {
    every: 10000, wanted: (held) => held.coverage && (view.wall || on("overview")),
    ask: async (held) => {
      const span = spanOf(held.coverage);
      const series = await get(here("/series"), { scheme: view.scheme, ...seriesWanted(span, held.coverage) });
      return { ...series, span };
    },
  },
  ranking: {
    every: 5000, wanted: (held) => on("overview", "ranking") && rankingLevel(held.page) && held.page.children.length > 0,
    ask: (held) => get("/v1/leaderboard", {
      level: rankingLevel(held.page), scheme: view.scheme, metric: rankedBy(held.page), within: view.region, limit: view.tab === "ranking" ? 200 : 10, date: view.date,
    }),
  },
  milestones: { every: 15000, wanted: () => on("overview", "plans"), ask: () => get("/v1/milestones", { region: view.region, date: view.date }) },
  target: { every: 5000, wanted: () => view.plan && on("plans"), ask: () => targetWithNames() },
  outreach: { every: 10000, follows: "fresh", wanted: () => on("outreach"), ask: () => get("/v1/outreach", { region: view.region, date: view.date }) },
  campaigns: { every: 10000, follows: "fresh", wanted: () => on("outreach"), ask: () => get("/v1/campaigns", { region: view.region, date: view.date }) },
  offices: { every: 10000, follows: "fresh", wanted: () => on("offices"), ask: () => get("/v1/offices", { region: view.region, date: view.date }) },
  agents: { every: 10000, follows: "fresh", wanted: () => on("offices"), ask: () => get("/v1/agents", { region: view.region, date: view.date }) },
  groups: { every: 10000, follows: "fresh", wanted: () => on("groups"), ask: () => get("/v1/groups", { region: view.region, scheme: view.scheme, date: view.date }) },
  sponsors: { every: 10000, follows: "fresh", wanted: () => on("groups"), ask: () => get("/v1/sponsors", { region: view.region, to: view.date }) },
};

// A plan region by region, with the names of the regions, which the plan's own page does not repeat.
async function targetWithNames() {
  const page = await get(`/v1/targets/${encodeURIComponent(view.plan)}`, { date: view.date });
  const level = page.target.per.split(":")[1];
  if (!level) return page;
  const board = await get("/v1/leaderboard", { level, scheme: page.target.scheme, metric: "participants", within: page.target.region, limit: 1000, date: view.date });
  return { ...page, names: Object.fromEntries(board.leaders.map(({ coverage }) => [coverage.region.id, coverage.region])) };
}

// Ask for everything that is wanted, again and again, until the returned function is called. `tell(name, answer, error)`.
export function keepAsking(held, tell) {
  const stop = new AbortController();
  const timers = new Set();
  const seen = {};
  const ask = async (name) => {
    const { wanted, ask: asking, follows = "coverage" } = SOURCES[name];
    const now = held[follows]?.as_of ?? null;
    if (!wanted(held) || (name in seen && (seen[name] === now || document.hidden || view.date))) return name in seen ? "asked" : "not yet";
    seen[name] = now;
    try {
      const answer = await asking(held);
      if (!stop.signal.aborted) tell(name, answer, null);
    } catch (error) {
      delete seen[name];
      if (!stop.signal.aborted) tell(name, null, error);
      return "failed";
    }
    return name in seen ? "asked" : "not yet";
  };
  const again = async (name) => {
    const outcome = await ask(name);
    if (stop.signal.aborted) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      again(name);
    }, outcome === "not yet" ? 400 : SOURCES[name].every);
    timers.add(timer);
  };
  for (const name of Object.keys(SOURCES)) again(name);
  return {
    soon: (name) => !stop.signal.aborted && delete seen[name] && ask(name),
    stop: () => {
      stop.abort();
      timers.forEach(clearTimeout);
    },
  };
}
