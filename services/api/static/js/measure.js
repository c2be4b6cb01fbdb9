// What places are coloured by, and in which classes: the same on the map, the tiles and the legend.

import { h } from "/static/shared/dom.js";
import { link, view } from "./address.js";
import { choice, pct } from "./parts.js";
import { compact, nameOf, number, say, shortPercent, tenths } from "./words.js";

const CLASSES = 5;
const STEPS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8];

export const MEASURES = {
  coverage: { of: (c) => c.coverage_pct, text: shortPercent, brief: tenths, full: 100 },
  plan: { of: (c) => c.plan?.achieved_pct ?? null, text: shortPercent, brief: tenths, full: 100, fixed: true },
  new: { of: (c) => c.new["7d"], text: number, brief: number, full: null },
  people: { of: (c) => c.participants, text: number, brief: compact, full: null },
};

// What is asked for; else coverage, or the people where no eligible population is known.
export const measureOf = (children) => view.measure || (children.some((c) => c.coverage_pct !== null) ? "coverage" : "people");

// The narrowest classes that read well, in which all values from `least` to `most` find a place: where they begin, and how wide.
function classesFor(least, most, narrowest) {
  for (let power = 10 ** Math.floor(Math.log10(Math.max(narrowest, (most - least) / CLASSES / 10))); ; power *= 10) {
    for (const size of STEPS) {
      const step = size * power, start = Math.floor(least / step) * step;
      if (step >= narrowest && start + CLASSES * step > most) return { start, step };
    }
  }
}

// Classes of equal width from the least to the greatest value; 100 % and more is a class of its own.
export function scale(children, name) {
  const measure = MEASURES[name];
  const values = children.map(measure.of).filter((value) => value !== null);
  const below = values.filter((value) => !measure.full || value < measure.full);
  const { start, step } = measure.fixed || !below.length ? { start: 0, step: 20 }
    : classesFor(Math.min(...below), Math.max(...below), measure.full ? 0.1 : 1);
  const classOf = (value) => {
    if (value === null) return "none";
    if (measure.full && value >= measure.full) return "full";
    return `q${Math.min(CLASSES - 1, Math.floor((value - start) / step + 1e-9))}`;
  };
  const only = !measure.fixed && new Set(below).size === 1 ? below[0] : null;
  return { ...measure, name, start, step, only, of: (c) => classOf(measure.of(c)), seen: new Set(children.map((c) => classOf(measure.of(c)))) };
}

export function describe(c, used) {
  const value = MEASURES[used.name].of(c);
  const said = value === null ? say(used.name === "plan" ? "no_plan" : "no_denominator") : used.text(value);
  return `${nameOf(c.region)}: ${said}`;
}

// What the pointer shows of a place.
export function tip(c) {
  return [nameOf(c.region), `${say("coverage")}: ${pct(c.coverage_pct)}`,
    `${say("people_col")}: ${number(c.participants)}${c.eligible.count === null ? "" : ` / ${number(c.eligible.count)}`}`,
    c.plan ? `${say("m_plan")}: ${pct(c.plan.achieved_pct)}` : null, `${say("new_7d")}: ${number(c.new["7d"])}`,
  ].filter(Boolean).join("\n");
}

export function legend(used) {
  const classes = used.only !== null ? [["q0", used.text(used.only)]] : [...Array(CLASSES).keys()].map((n) => [`q${n}`, `${number(used.start + n * used.step)}–${used.text(used.start + (n + 1) * used.step)}`]);
  if (used.seen.has("full")) classes.push(["full", `≥ ${used.text(used.full)}`]);
  if (used.seen.has("none")) classes.push(["none", say("no_data")]);
  return h("ul.legend", { "aria-label": say("legend") },
    classes.map(([name, text]) => h("li", {}, h("i", { class: name, "aria-hidden": "true" }), text)));
}

export const measures = (chosen) => choice(say("coloured_by"), Object.keys(MEASURES).map((value) => ({ value, text: say(`m_${value}`), to: link({ measure: value }) })), chosen, "small");
