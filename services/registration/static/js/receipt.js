// The receipt: on the screen, and on paper.

import { byId, h } from "/static/shared/dom.js";
import { closeDialog, openDialog } from "./dialog.js";
import { session } from "./session.js";
import { regionText } from "./pickers.js";
import { moment, say } from "./words.js";

// Eight digits are read out on the telephone; the whole number stands below.
export const shortNumber = (id) => `${id.slice(0, 4)}-${id.slice(4, 8)}`.toUpperCase();

function facts(record) {
  const { shown, receipt } = record;
  return [
    ["person_id", shown.tail], ["kind", say(shown.kind)], ["scheme", say(shown.scheme)], ["region", regionText(shown.region)],
    ["occurred_at", moment(shown.occurred_at)], ["received_at", receipt ? moment(receipt.received_at) : say("not_sent_yet")],
    ["office", [session.officeName, shown.office].filter(Boolean).join(" · ")], ["agent", shown.agent],
    ["outreach", shown.outreach], ["campaign", shown.campaign], ["group", shown.group], ["sponsor", shown.sponsor],
    ["refers_to", shown.refers_to],
  ].filter(([, value]) => value);
}

function slip(record, tag = "h3") {
  return h("div.slip", {},
    h("p.slip-product", {}, say("slip_title")),
    h(`${tag}.slip-number`, {}, shortNumber(record.id)),
    h("dl", {}, ...facts(record).flatMap(([name, value]) => [h("dt", {}, say(name)), h("dd", {}, value)])),
    h("p.slip-id", {}, say("receipt_id"), ": ", h("code", {}, record.id)),
    record.receipt ? h("p.slip-id", {}, say("person_ref"), ": ", h("code", {}, record.receipt.participant)) : null,
    h("p.slip-note", {}, say(record.receipt ? "slip_note" : "slip_note_waiting")));
}

export function showReceipt(record) {
  openDialog(say("receipt"), slip(record), {
    actions: [
      h("button.primary", { type: "button", onclick: () => printReceipt(record) }, say("print")),
      h("button.quiet", { type: "button", onclick: closeDialog }, say("close")),
    ],
  });
}

export function printReceipt(record) {
  byId("sheet").replaceChildren(slip(record, "h2"));
  window.print();
}
