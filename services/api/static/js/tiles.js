// Tiles: each place an area as large as its eligible population, or its participants (squarified treemap, Bruls 2000).

import { h } from "/static/shared/dom.js";
import { link } from "./address.js";
import { describe, MEASURES, tip } from "./measure.js";
import { nameOf } from "./words.js";

const LEAST_SHARE = 0.004;

// Rectangles {x, y, width, height} for weights in falling order, in a rectangle of that size.
export function squarify(weights, width, height) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const areas = weights.map((weight) => (weight / total) * width * height);
  const found = [];
  let box = { x: 0, y: 0, width, height }, from = 0;
  while (from < areas.length) {
    const side = Math.min(box.width, box.height);
    let to = from + 1, sum = areas[from];
    while (to < areas.length && worst(areas, from, to + 1, sum + areas[to], side) <= worst(areas, from, to, sum, side)) sum += areas[to++];
    box = layRow(areas.slice(from, to), sum, box, found);
    from = to;
  }
  return found;
}

function worst(areas, from, to, sum, side) {
  const squared = (side / sum) ** 2;
  return Math.max(squared * areas[from], 1 / (squared * areas[to - 1]));
}

function layRow(row, sum, box, found) {
  const upright = box.width >= box.height;
  const depth = sum / (upright ? box.height : box.width);
  let at = 0;
  for (const area of row) {
    const length = area / depth;
    found.push(upright
      ? { x: box.x, y: box.y + at, width: depth, height: length }
      : { x: box.x + at, y: box.y, width: length, height: depth });
    at += length;
  }
  return upright
    ? { ...box, x: box.x + depth, width: box.width - depth }
    : { ...box, y: box.y + depth, height: box.height - depth };
}

export function tiles(children, used) {
  const size = (c) => c.eligible.count ?? c.participants;
  const allKnown = children.every((c) => c.eligible.count !== null);
  const weigh = (c) => (allKnown ? size(c) : c.participants) || 0;
  const total = children.reduce((sum, c) => sum + weigh(c), 0);
  const weighted = children.map((c) => [c, total ? Math.max(weigh(c), total * LEAST_SHARE) : 1]).sort((a, b) => b[1] - a[1] || (a[0].region.id < b[0].region.id ? -1 : 1));
  const boxes = squarify(weighted.map(([, weight]) => weight), 160, 100);
  return h("div.tiles-map", { "data-rove": "", role: "group", "data-key": "tiles" }, weighted.map(([c], i) => {
    const value = MEASURES[used.name].of(c);
    const tile = h("a.tile-place", {
      href: link({ region: c.region.id }), class: used.of(c), "data-key": c.region.id, "data-tip": tip(c),
      "aria-label": describe(c, used), tabindex: i ? "-1" : "0",
    }, h("span", {}, h("b", {}, nameOf(c.region)), h("em", {}, value === null ? "–" : used.brief(value))));
    const { x, y, width, height } = boxes[i];
    for (const [name, part] of [["--x", x / 1.6], ["--y", y], ["--w", width / 1.6], ["--h", height]]) tile.style.setProperty(name, `${part}%`);
    return tile;
  }));
}
