// New people per hour, day or month, and a plan's way to its target, drawn by uPlot; the same figures as a table below.

import { h } from "/static/shared/dom.js";
import { link, view } from "./address.js";
import { card, choice } from "./parts.js";
import { compact, day, dayAndHour, dayAndMonth, hour, localDay, month, number, say } from "./words.js";

const SPANS = ["48h", "30d", "12m", "plan"];
const HEIGHT = 220, DAY_MS = 86400e3;
const MOST_BY_DAY = 400; // a longer way is drawn month by month
const charts = new WeakMap();
let library = null, wanted = null;

// uPlot is fetched when a chart is first drawn.
function uPlotLoaded() {
  library ??= new Promise((resolve, reject) => {
    const script = h("script", { src: "/static/vendor/uPlot.js" });
    script.addEventListener("load", () => resolve(window.uPlot));
    script.addEventListener("error", () => {
      library = null;
      script.remove();
      reject(new Error("uPlot did not load"));
    });
    document.head.append(script);
  });
  return library;
}

// The plan whose way is drawn: the one asked for, else the open one that ends first, else the last.
export function planOf(coverage) {
  const asked = coverage.targets.find((t) => t.id === view.plan);
  const today = localDay(coverage.as_of);
  const begun = coverage.targets.filter((t) => t.from <= today && t.regions === null);
  const open = begun.filter((t) => t.to >= today).sort((a, b) => (a.to < b.to ? -1 : 1));
  return asked ?? open[0] ?? begun.sort((a, b) => (a.to < b.to ? 1 : -1))[0] ?? null;
}

// The span that is drawn: the one asked for; else the last 30 days or, if nobody was new in them, the way of the plan, or the year.
export function spanOf(coverage) {
  const plan = planOf(coverage);
  if (view.span && (plan || view.span !== "plan")) return view.span;
  return coverage.new["30d"] ? "30d" : plan ? "plan" : "12m";
}

const shifted = (date, days) => new Date(Date.parse(`${date}T12:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

// What to ask of the series for what is looked at.
export function seriesWanted(span, coverage) {
  const today = view.date ?? localDay(coverage.as_of);
  if (span === "48h") return { grain: "hour", from: shifted(today, -1), to: view.date };
  if (span === "12m") return { grain: "month", to: view.date };
  const plan = span === "plan" && planOf(coverage);
  if (!plan) return { grain: "day", to: view.date };
  const to = plan.to < today ? plan.to : today;
  return { grain: Date.parse(to) - Date.parse(plan.from) < MOST_BY_DAY * DAY_MS ? "day" : "month", from: plan.from, to };
}

const labelOf = (grain, text) => (grain === "hour" ? hour(text) : grain === "month" ? month(text) : dayAndMonth(localDay(text)));
const longLabel = (grain, text) => (grain === "hour" ? dayAndHour(text) : grain === "month" ? month(text) : day(localDay(text)));

// Columns for uPlot: places on the axis, the figures, and the line of the target where there is one.
function columns(series, span, plan) {
  const buckets = series.buckets;
  const at = buckets.map((_, i) => i);
  if (span !== "plan" || !plan) {
    const perDay = plan?.kind === "new_count" && plan.status !== "met" ? plan.per_day_needed : null;
    const line = perDay && span === "30d" ? buckets.map(() => perDay) : null;
    return { data: line ? [at, buckets.map((b) => b.new), line] : [at, buckets.map((b) => b.new)], bars: true, line };
  }
  let sum = 0;
  const begin = Date.parse(`${plan.from}T00:00:00+07:00`), length = Date.parse(`${plan.to}T00:00:00+07:00`) + DAY_MS - begin;
  const counted = plan.kind === "new_count";
  const goal = counted ? plan.target : plan.achieved_pct ? (buckets.at(-1)?.participants ?? 0) * 100 / plan.achieved_pct : null;
  const start = counted ? 0 : (buckets[0]?.participants ?? 0) - (buckets[0]?.new ?? 0);
  const done = buckets.map((b) => (counted ? (sum += b.new) : b.participants));
  const line = goal === null ? null : buckets.map((b) => start + (goal - start) * Math.min(1, (Date.parse(b.bucket_end) - begin) / length));
  return { data: line ? [at, done, line] : [at, done], bars: false, line };
}

export function chartCard(coverage, series) {
  const plan = planOf(coverage);
  const spans = plan ? SPANS : SPANS.slice(0, 3);
  const span = spanOf(coverage);
  wanted = null;
  const tools = choice(say("span"), spans.map((value) => ({ value, text: say(`s_${value}`), to: link({ span: value }) })), span, "small");
  if (!series || series.span !== span) return card("trend", say("trend"), h("div.card-tools", { "data-key": "tools" }, tools), h("div.chart", { "data-key": "waiting" }));
  const shown = columns(series, span, plan);
  const total = series.buckets.reduce((sum, b) => sum + b.new, 0);
  if (!total && !shown.line && span !== "plan") return card("trend", say("trend"), h("div.card-tools", { "data-key": "tools" }, tools), h("p.empty.soft", { "data-key": "nobody" }, say("no_new")));
  const most = Math.max(0, ...series.buckets.map((b) => b.new));
  const said = span === "plan" && plan
    ? say("plan_said", { plan: plan.name ?? plan.id, n: number(shown.data[1].at(-1) ?? 0) })
    : say("trend_said", { n: number(total), max: number(most), unit: say(`u_${series.grain}`) });
  const box = h("div.chart", { "data-own": "", "data-key": `chart ${span}`, role: "img", "aria-label": said });
  wanted = { ...shown, series, span };
  return card("trend", say("trend"),
    h("div.card-tools", { "data-key": "tools" }, tools), box,
    h("p.soft.small.keys", { "data-key": "said" }, h("span", {}, said),
      shown.line ? h("span.key-line", {}, say(span === "plan" ? "line_plan" : "line_needed", { n: number(Math.ceil(shown.line[0])) })) : null),
    h("details.as-table", { "data-key": "table" }, h("summary", {}, say("as_table")), table(series)));
}

function table(series) {
  const rows = series.buckets.toReversed().filter((b) => b.new || b.left || b.returned || b.moved_in || b.moved_out);
  const heads = ["when", "new_people", "w_returned", "w_left", "w_moved", "people_col"];
  return h("div.table-wrap", { tabindex: "0", role: "region", "aria-label": say("as_table") }, h("table", {},
    h("thead", {}, h("tr", {}, heads.map((word) => h("th", { scope: "col" }, say(word))))),
    h("tbody", {}, rows.map((b) => h("tr", { "data-key": b.bucket_start },
      h("th", { scope: "row" }, longLabel(series.grain, b.bucket_start)),
      [b.new, b.returned, b.left, b.moved_in - b.moved_out, b.participants].map((n) => h("td", {}, number(n))))))));
}

const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function options({ series, span, bars, line }, width, height) {
  const label = (i) => (series.buckets[i] ? labelOf(series.grain, series.buckets[i].bucket_start) : "");
  const em = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16; // larger on a wall
  const font = `${Math.round(12 * em)}px ${ink("--font")}`;
  const axis = { stroke: ink("--soft"), font, ticks: { show: false }, grid: { stroke: ink("--line"), width: 1 } };
  const main = { label: say(span === "plan" ? "w_so_far" : "new_people"), stroke: ink("--bar"), value: (_, n) => (n === null ? "–" : number(n)) };
  const plot = window.uPlot;
  return {
    width, height, padding: [8, 30 * em, 0, 0],
    cursor: { y: false, drag: { setScale: false }, points: { show: !bars } },
    legend: { live: true, markers: { show: false } },
    scales: { x: { time: false, range: (_, least, most) => [least - 0.6, most + 0.6] }, y: { range: (_, __, most) => [0, Math.max(1, most) * 1.08] } },
    axes: [
      { ...axis, grid: { show: false }, size: 30 * em, space: 72 * em, incrs: [1, 2, 3, 6, 7, 14, 30, 60, 90, 120, 180, 365], values: (_, places) => places.map((i) => (Number.isInteger(i) ? label(i) : "")) },
      { ...axis, size: 52 * em, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6, 1e7], values: (_, values) => values.map(compact) },
    ],
    series: [
      { label: say("when"), value: (_, i) => (i === null ? "–" : longLabel(series.grain, series.buckets[i]?.bucket_start)) },
      bars ? { ...main, fill: ink("--bar"), width: 0, paths: plot.paths.bars({ size: [0.72, 40], radius: 0.25 }), points: { show: false } }
        : { ...main, width: 2.5, fill: ink("--bar-faint"), points: { show: false } },
      ...(line ? [{ label: say(span === "plan" ? "w_target" : "w_needed"), stroke: ink("--target"), width: 2, dash: [6, 5], points: { show: false }, value: (_, n) => (n === null ? "–" : number(Math.round(n))) }] : []),
    ],
  };
}

// Draw, or bring up to date, the chart inside what `patch` has put on the page.
export async function drawChart(root, height = HEIGHT) {
  const box = root.querySelector(".chart[data-own]");
  if (!box) return;
  const uPlot = await uPlotLoaded().catch(() => null);
  if (!uPlot || !box.isConnected || !wanted) return;
  const { width } = box.getBoundingClientRect();
  const kind = JSON.stringify([wanted.span, Boolean(wanted.line), document.documentElement.lang, ink("--ink"), height]);
  const drawn = charts.get(box);
  if (drawn?.kind === kind) {
    drawn.wanted.series = wanted.series;
    if (drawn.plot.width !== Math.floor(width)) drawn.plot.setSize({ width: Math.floor(width), height });
    drawn.plot.setData(wanted.data);
    return;
  }
  drawn?.plot.destroy();
  const kept = { ...wanted };
  charts.set(box, { kind, wanted: kept, plot: new uPlot(options(kept, Math.floor(width), height), wanted.data, box) });
}
