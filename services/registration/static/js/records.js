// The records of this counter, newest first: what became of each, and what can be done about it.

import { byId, h } from "/static/shared/dom.js";
import { correct, discard, voidRecord } from "./actions.js";
import { newId } from "./new_id.js";
import { regionTitle } from "./pickers.js";
import * as queue from "./queue.js";
import { showReceipt } from "./receipt.js";
import { told } from "./refusals.js";
import { clock, dayText, language, number, say } from "./words.js";

const SHOWN = 60;
const MARKS = { waiting: "…", sent: "✓", refused: "!", conflict: "!", discarded: "–" };
const TONES = { waiting: "warn", sent: "good", refused: "bad", conflict: "bad", discarded: "quiet" };
let form = null;

export function setUpRecords(theForm) {
  form = theForm;
  queue.onChange(draw);
}

export function draw() {
  const all = queue.all();
  tallies(all);
  const rows = all.length ? all.slice(0, SHOWN).map(rowOf) : [empty()];
  const list = byId("record-list");
  if (rows.length === list.children.length && rows.every((one, place) => one === list.children[place])) return;
  // The focus stays where it is when a record moves on under it.
  const held = document.activeElement?.closest?.(".record")?.dataset.id, action = document.activeElement?.dataset?.action;
  list.replaceChildren(...rows);
  if (held) list.querySelector(`[data-id="${held}"] [data-action="${action}"]`)?.focus();
}

// A row is built anew only where what it shows is another: a click must not meet a button that was just replaced.
const built = new Map();
function rowOf(record) {
  const { sealed, ...rest } = record;
  const shows = JSON.stringify([rest, stateText(record), language()]), before = built.get(record.id);
  if (before?.shows === shows) return before.element;
  const element = row(record);
  built.set(record.id, { shows, element });
  return element;
}

const empty = () => h("li.empty", {}, h("b", {}, say("no_records")), h("span", {}, say("no_records_hint")));

function tallies(all) {
  const today = new Date().toDateString();
  const sentToday = all.filter((one) => one.state === "sent" && new Date(one.sent_at).toDateString() === today);
  const counts = [
    ["tally_sent", sentToday.filter((one) => !["voided", "corrected"].includes(one.shown.kind) && !one.voided).length, "good"],
    ["tally_waiting", queue.waiting().length, "warn"], ["tally_attention", queue.needingClerk().length, "bad"],
  ];
  byId("tallies").replaceChildren(...counts.map(([name, n, tone]) =>
    h("div.tally", { class: n ? tone : "none", id: name }, h("strong", {}, number(n)), h("span", {}, say(name)))));
}

function row(record) {
  const { shown, state } = record, gone = record.voided || state === "discarded";
  const tone = record.voided ? "quiet" : TONES[state];
  return h("li.record", { "data-id": record.id, "data-state": state, class: `${tone}${gone ? " gone" : ""}` },
    h("span.mark", { "aria-hidden": "true" }, record.voided ? "–" : MARKS[state]),
    h("div.record-main", {},
      h("p.record-title", {}, h("b.tail", {}, shown.tail.slice(-6)), h("span", {}, `${say(shown.kind)} · ${say(shown.scheme)}`)),
      h("p.record-place", {}, h("time", { datetime: record.made_at }, when(record.made_at)), ` · ${regionTitle(shown.region)} · `,
        h("span.record-state", { class: tone }, stateText(record))),
      ...advice(record).map((text) => h("p.advice", {}, text)),
      h("p.record-actions", {}, ...actions(record).map(([name, work]) =>
        h("button.link", { type: "button", "data-action": name, onclick: work, "aria-label": `${say(name)}: ${shown.tail.slice(-3)}, ${say(shown.scheme)}` }, say(name))))));
}

const when = (at) => (new Date(at).toDateString() === new Date().toDateString() ? clock(at) : `${dayText(at.slice(0, 10))} ${clock(at)}`);

export function stateText(record) {
  if (record.voided) return say("state_voided");
  if (record.state === "sent" && record.repeated) return say("state_repeated");
  if (record.state === "sent" && record.corrected) return say("state_corrected");
  if (record.state === "waiting" && queue.line.sending) return say("state_sending");
  return say(`state_${record.state}`);
}

// What to do about it, in the clerk's words.
export function advice(record) {
  const { state, problem } = record;
  const twin = record.twin && queue.get(record.twin);
  if (state === "sent" && twin && !record.voided) return [say("twin", { time: clock(twin.made_at) })];
  if (state === "conflict") return [say("advice_conflict")];
  if (state !== "refused") return [];
  if (problem.unreadable) return [say("advice_unreadable")];
  if (problem.status === 403) return [say("advice_office")];
  if (problem.status === 413) return [say("advice_large")];
  return problem.errors.length ? problem.errors.map(told) : [say("advice_other"), problem.detail].filter(Boolean);
}

export function actions(record) {
  const { state, shown } = record, referring = ["voided", "corrected"].includes(shown.kind);
  if (state === "sent") {
    const receipt = ["receipt", () => showReceipt(record)];
    return referring || record.voided ? [receipt] : [receipt, ["correct", () => correct(record)], ["void", () => voidRecord(record)]];
  }
  // What was tried may have arrived, though no answer came back: it is voided, not just thrown away.
  if (state === "waiting" && !referring && !record.voided) return record.tries ? [["void", () => voidRecord(record)]] : [["discard", () => discard(record)]];
  if (state === "conflict") return [["send_as_new", () => resendAsNew(record)], ["discard", () => discard(record)]];
  // A void or correction has no form of its own: it is discarded, and made again from its record.
  if (state === "refused") return [...(referring ? [] : [["fix", () => form.fix(record)]]), ["discard", () => discard(record)]];
  return [];
}

async function resendAsNew(record) {
  const body = await queue.bodyOf(record.id);
  if (!body) return form.fix(record);
  return queue.replace(record.id, { ...body, registration_id: newId() }, record.shown);
}
