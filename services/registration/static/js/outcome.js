// What became of the record just made, where the clerk looks: below the button. It follows the record until it is settled.

import { byId, h } from "/static/shared/dom.js";
import * as queue from "./queue.js";
import { printReceipt, shortNumber, showReceipt } from "./receipt.js";
import { actions, advice, stateText } from "./records.js";
import { say } from "./words.js";

let last = null, drawn = "";

export const setUpOutcome = () => queue.onChange(draw);

export function showOutcome(record) {
  last = record.id;
  draw();
  byId("outcome").scrollIntoView({ block: "nearest" }); // on a telephone the form may have scrolled past it
}

export function draw() {
  const record = last && queue.get(last);
  const now = JSON.stringify([last, record?.state, record?.voided, record?.twin, queue.line.sending, document.documentElement.lang]);
  if (now === drawn) return;
  drawn = now;
  if (!record || record.state === "discarded") return void byId("outcome").replaceChildren();
  const { state } = record;
  const tone = state === "sent" ? "good" : state === "waiting" ? "warn" : "bad";
  byId("outcome").replaceChildren(h("div.outcome-box", { class: tone, "data-state": state },
    h("span.outcome-mark", { "aria-hidden": "true" }, state === "sent" ? "✓" : state === "waiting" ? "…" : "!"),
    h("div", {}, h("p.outcome-title", {}, stateText(record), " ", h("b", {}, shortNumber(record.id))),
      h("p.outcome-detail", {}, `${record.shown.tail.slice(-6)} · ${say(record.shown.scheme)}`),
      ...advice(record).map((text) => h("p.advice", {}, text))),
    h("div.outcome-actions", {}, ...buttons(record))));
}

function buttons(record) {
  if (record.state === "sent") {
    return [h("button.quiet", { type: "button", onclick: () => printReceipt(record) }, say("print"), h("kbd", {}, "F8")),
      h("button.quiet", { type: "button", onclick: () => showReceipt(record) }, say("receipt"))];
  }
  return record.state === "waiting" ? [] : actions(record).map(([name, work]) => h("button.quiet", { type: "button", onclick: work }, say(name)));
}
