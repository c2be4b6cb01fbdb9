// What each tab shows.

import { h } from "/static/shared/dom.js";
import { view } from "./address.js";
import { chartCard } from "./chart.js";
import { flows, headline } from "./figures.js";
import { mapCard } from "./map.js";
import { groupsTab, officesTab } from "./offices.js";
import { placesCard, rankingCard } from "./places.js";
import { planCards, plansTab } from "./plans.js";
import { wallBoard } from "./wall.js";
import { milestonesCard, outreachTab } from "./work.js";

const MOST_PLANS = 3, MOST_LEADERS = 7;

const TABS = {
  overview: ({ coverage, page, series, ranking, milestones }, then) => [
    h("div.column", { "data-key": "first" }, headline(coverage), flows(coverage), chartCard(coverage, series)),
    h("div.column", { "data-key": "second" }, page?.children.length ? mapCard(page, then) : null),
    planCards(coverage.targets, MOST_PLANS),
    ranking && page?.children.length ? rankingCard(page, ranking, MOST_LEADERS) : null,
    milestonesCard(milestones),
  ],
  places: ({ page }, then) => page && [page.children.length ? mapCard(page, then) : null, placesCard(page)],
  ranking: ({ page, ranking }) => page && rankingCard(page, ranking),
  plans: ({ coverage, target, milestones }) => [plansTab(coverage, target), milestonesCard(milestones)],
  outreach: (held) => outreachTab(held),
  offices: (held) => officesTab(held),
  groups: (held) => groupsTab(held),
};

export function boardOf(held, then) {
  if (!held.coverage) return [];
  if (view.wall) return wallBoard(held, then);
  return [TABS[view.tab](held, then)].flat();
}
