// The places below, coloured: the provinces of a country as a map, deeper places as tiles of their size.

import { h, svg } from "/static/shared/dom.js";
import { link, view } from "./address.js";
import { get } from "./api.js";
import { describe, legend, measureOf, measures, scale, tip } from "./measure.js";
import { card, choice } from "./parts.js";
import { tiles } from "./tiles.js";
import { day, nameOf, say } from "./words.js";

const MAPS = { VN: ["VN-2025", "VN-2008"], TH: ["TH"] };
const REFORM = "2025-07-01";
const drawn = new Map();

// The shapes of a country, once they are here; `then` is called when they have come.
function shapesOf(name, then) {
  if (!drawn.has(name)) {
    drawn.set(name, null);
    get(`/static/maps/${name}.json`).then((map) => {
      drawn.set(name, map);
      then();
    }, () => drawn.delete(name));
  }
  return drawn.get(name);
}

// Vietnam has two maps. The one of the day is shown, unless all there is to see is on the other.
function mapFor(page) {
  const [now, before] = MAPS[page.region.id] ?? [];
  if (!before) return now;
  if (view.map !== "auto") return view.map;
  if (view.date && view.date < REFORM) return before;
  const holds = (ended) => page.children.some((c) => Boolean(c.region.valid_to) === ended && (c.participants || c.coverage_pct !== null));
  return holds(true) && !holds(false) ? before : now;
}

function shape(c, path, used, first) {
  return svg("a", {
    href: link({ region: c.region.id, map: "auto" }), class: `shape ${used.of(c)}`, "data-key": c.region.id, "data-tip": tip(c),
    "aria-label": describe(c, used), tabindex: first ? "0" : "-1",
  }, svg("path", { d: path }));
}

function choropleth(page, map, used) {
  const shown = page.children.filter((c) => c.region.id in map.shapes);
  const boxes = map.boxes.map((box) => svg("g", { class: "box", "data-key": box.name },
    svg("rect", { x: box.x, y: box.y, width: box.size, height: box.size, rx: 10 }),
    svg("text", { x: box.x + box.size / 2, y: box.y + box.size + 24, "text-anchor": "middle" }, box.name)));
  return svg("svg", {
    class: "map", viewBox: `-6 -6 ${map.width + 12} ${map.height + 12}`, role: "group", "data-rove": "", "data-key": "map",
    "aria-label": say("map_said", { place: nameOf(page.region), measure: say(`m_${used.name}`) }),
  },
  svg("defs", {}, svg("pattern", { id: "hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { class: "hatch-ground", width: 7, height: 7 }), svg("rect", { class: "hatch-line", width: 2.5, height: 7 }))),
  boxes, shown.map((c, i) => shape(c, map.shapes[c.region.id], used, i === 0)));
}

export function mapCard(page, then) {
  const name = mapFor(page);
  const map = name && shapesOf(name, then);
  const listed = map ? page.children.filter((c) => c.region.id in map.shapes) : page.children;
  const used = scale(listed, measureOf(listed));
  const maps = (MAPS[page.region.id] ?? []).length > 1 && choice(say("provinces"), MAPS[page.region.id].map((value) => (
    { value, text: say(value), to: link({ map: value }) })), name, "small");
  return card("places-map", say(name ? "map" : "tiles"),
    h("div.card-tools", { "data-key": "tools" }, measures(used.name), maps || null),
    name ? map && choropleth(page, map, used) : tiles(listed, used),
    legend(used),
    h("p.soft.small", { "data-key": "note" }, name === "VN-2008" ? say("old_provinces", { date: day(REFORM) }) : page.units ? say("carried") : null));
}
