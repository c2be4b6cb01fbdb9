// New people per day as bars.

import { h, svg } from "./dom.js";
import { dayAndMonth, number, say } from "./words.js";

const HEIGHT = 120, STEP = 20, GAP = 5;

export function trend(series) {
  const buckets = series.buckets;
  const most = Math.max(1, ...buckets.map((b) => b.new));
  const total = buckets.reduce((sum, b) => sum + b.new, 0);
  const localDay = (text) => new Date(text).toLocaleDateString("en-CA", { timeZone: series.time_zone });
  const bars = buckets.map((b, i) => {
    const height = b.new ? Math.max(3, (b.new / most) * HEIGHT) : 2;
    const rect = svg("rect", { x: i * STEP + GAP / 2, y: HEIGHT - height, width: STEP - GAP, height, rx: 3, class: b.new ? "" : "none" });
    rect.append(svg("title", {}, `${dayAndMonth(localDay(b.bucket_start))}: ${number(b.new)}`));
    return rect;
  });
  const said = say("trend_said", { n: number(total), max: number(most * (total > 0)) });
  return [
    h("h2", {}, say("trend")),
    svg("svg", {
      viewBox: `0 0 ${buckets.length * STEP} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": said,
    }, ...bars),
    h("p.ends.soft.small", {}, h("span", {}, buckets.length ? dayAndMonth(localDay(buckets[0].bucket_start)) : ""),
      h("span", {}, said), h("span", {}, say("today"))),
  ];
}
