// Voiding, correcting and discarding: a mistake is never edited away. A void or a correction is a record of its own that
// refers to the first, with a reason, and goes through the same queue.

import { byId, h } from "/static/shared/dom.js";
import { closeDialog, field, openDialog } from "./dialog.js";
import { PICKED, shownOf } from "./form.js";
import { read } from "./identity.js";
import { newId } from "./new_id.js";
import { choicePicker, namePicker, regionPicker, regionText } from "./pickers.js";
import * as queue from "./queue.js";
import { session } from "./session.js";
import { clock, say } from "./words.js";

const REASONS = { voided: ["why_twice", "why_person", "why_withdrew"], corrected: ["why_region", "why_session"], discard: ["why_twice", "why_left", "why_test"] };

const summary = ({ shown, made_at }) =>
  h("p.summary", {}, h("b.tail", {}, shown.tail.slice(-6)), ` ${say(shown.kind)} · ${say(shown.scheme)} · ${regionText(shown.region)} · ${clock(made_at)}`);

function reasonField(kind) {
  const input = h("textarea", { id: "reason", rows: "2", maxlength: "500", required: true, "aria-describedby": "reason-error" });
  const chips = REASONS[kind].map((name) => h("button.chip", {
    type: "button", onclick: () => { input.value = say(name); input.focus(); },
  }, say(name)));
  return h("div.field", {}, h("label", { for: "reason" }, say("reason")), h("div.chips", {}, ...chips), input,
    h("p.error", { id: "reason-error", role: "alert" }));
}

// The number is still sealed here for a day; later the card must be shown again.
function numberField(body) {
  if (body) return null;
  const input = h("input", { id: "again-id", inputmode: "numeric", autocomplete: "off", spellcheck: "false", "aria-describedby": "again-id-error" });
  input.addEventListener("input", () => { if (input.value.includes("|")) input.value = input.value.slice(0, input.value.indexOf("|")); });
  return field("again-id", say("id_again"), input, say("id_again_hint"));
}

function ask(title, record, parts, confirm, work, wide = false) {
  const form = h("form.stack", { novalidate: true }, summary(record), ...parts,
    h("div.dialog-actions", {}, h("button.primary", { type: "submit", class: confirm.tone }, confirm.text),
      h("button.quiet", { type: "button", onclick: closeDialog }, say("cancel"))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const reason = byId("reason").value.trim();
    byId("reason-error").textContent = reason ? "" : say("reason_needed");
    if (!reason) return byId("reason").focus();
    if (await work(reason)) closeDialog();
    return undefined;
  });
  openDialog(title, form, { wide });
}

// {number, country}: from what is sealed, or typed again; null with a complaint where it cannot be right.
function numberOf(body, record) {
  if (body) return { number: body.national_id, country: body.country };
  const { number, country, verdict } = read(byId("again-id").value, record.shown.country);
  if (verdict === "good") return { number, country };
  byId("again-id-error").textContent = say(verdict || "id_short");
  byId("again-id").focus();
  return null;
}

function referring(record, body, kind, reason, changes) {
  const { shown } = record, person = numberOf(body, record);
  if (!person) return null;
  const made = {
    registration_id: newId(), kind, scheme: shown.scheme, region: shown.region.id, national_id: person.number, country: person.country,
    channel: "counter", agent: shown.agent, occurred_at: new Date().toISOString(), office: session.bound ? undefined : session.office || undefined,
    outreach: shown.outreach, campaign: shown.campaign, group: shown.group, sponsor: shown.sponsor,
    birth_year: body?.birth_year, sex: body?.sex, ...changes, refers_to: record.id, reason,
  };
  return made;
}

export async function voidRecord(record) {
  const body = await queue.bodyOf(record.id);
  ask(say("void_title"), record, [h("p", {}, say("void_hint")), numberField(body), reasonField("voided")],
    { text: say("void_do"), tone: "danger" }, async (reason) => {
      const made = referring(record, body, "voided", reason, {});
      if (!made) return false;
      await queue.add(made, shownOf(made, record.shown.region));
      await queue.mark(record.id, { voided: made.registration_id });
      return true;
    });
}

export async function correct(record) {
  const body = await queue.bodyOf(record.id);
  const inputs = ["region", "agent", ...PICKED].map((name) =>
    field(`new-${name}`, say(name), h("input", { id: `new-${name}`, maxlength: "80", autocomplete: "off" })));
  ask(say("correct_title"), record, [h("p", {}, say("correct_hint")), numberField(body), h("div.two", {}, ...inputs), reasonField("corrected")],
    { text: say("correct_do") }, async (reason) => {
      if (!region.value) {
        byId("new-region-error").textContent = say("region_pick");
        return false;
      }
      const changes = { region: region.value.id, agent: byId("new-agent").value.trim() || undefined };
      for (const name of PICKED) changes[name] = pickers[name].value?.id ?? (pickers[name].typed || undefined);
      const made = referring(record, body, "corrected", reason, changes);
      if (!made) return false;
      await queue.add(made, shownOf(made, region.value));
      await queue.mark(record.id, { corrected: made.registration_id });
      return true;
    }, true);
  const { region, pickers } = correctionPickers(record.shown);
}

function correctionPickers(shown) {
  const region = regionPicker("new-region", {});
  region.set(shown.region);
  byId("new-agent").value = shown.agent ?? "";
  const context = { region: () => region.value, scheme: () => shown.scheme };
  const pickers = {
    outreach: choicePicker("new-outreach", "outreach", context), campaign: choicePicker("new-campaign", "campaigns", context),
    group: choicePicker("new-group", "groups", context), sponsor: namePicker("new-sponsor", "sponsor"),
  };
  for (const name of PICKED) byId(`new-${name}`).value = shown[name] ?? "";
  return { region, pickers };
}

export function discard(record) {
  ask(say("discard_title"), record, [h("p", {}, say("discard_hint")), reasonField("discard")],
    { text: say("discard_do"), tone: "danger" }, async (reason) => {
      await queue.discard(record.id, reason);
      // What it referred to stands again as it was.
      if (record.shown.refers_to) await queue.mark(record.shown.refers_to, { [record.shown.kind]: null });
      return true;
    });
}
