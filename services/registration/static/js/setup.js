// Who works here: asked once, changed by the button in the header; and the end of the shift.

import { byId, h } from "/static/shared/dom.js";
import { closeDialog, field, openDialog } from "./dialog.js";
import * as lists from "./lists.js";
import { newId } from "./new_id.js";
import { namePicker, officePicker, regionText } from "./pickers.js";
import * as queue from "./queue.js";
import { findOffices, whoseKey } from "./service.js";
import { forgetKey, keepDevice, keepKey, session } from "./session.js";
import { moment, number, say } from "./words.js";

const complain = (id, text) => { byId(`${id}-error`).textContent = text; if (text) byId(id).focus(); };

// `required`: nothing can be sent before it is answered. A record that waits can be kept without it.
export function openSetup(done, { required = false } = {}) {
  const key = h("input", { id: "key", type: "password", autocomplete: "off", spellcheck: "false", "aria-describedby": "key-error", placeholder: session.key ? say("key_kept") : "" });
  const form = h("form.stack", { novalidate: true },
    h("p", {}, say(session.key ? "setup_again" : "setup_first")),
    field("key", say("key"), key, say("key_hint")),
    field("office", say("office"), h("input", { id: "office", maxlength: "80", "aria-describedby": "office-error" }), say("office_hint")),
    field("agent", say("agent"), h("input", { id: "agent", maxlength: "80", autocomplete: "off" }), say("agent_hint")),
    h("div.dialog-actions", {}, h("button.primary", { type: "submit" }, say(session.key ? "save" : "start"))),
    ...(required ? [] : [offlineState(), shiftEnd(done)]));
  openDialog(say("setup_title"), form, { required });
  const office = officePicker("office", {});
  if (session.office) office.set({ id: session.office, name: session.officeName, region: session.region });
  byId("office").readOnly = session.bound;
  const agent = namePicker("agent", "agent");
  byId("agent").value = session.agent;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    if (button.disabled) return;
    button.disabled = true;
    if (await save(key.value.trim(), office, agent.typed)) {
      closeDialog();
      done();
    }
    button.disabled = false;
  });
}

async function save(typedKey, office, agent) {
  ["key", "office"].forEach((id) => complain(id, ""));
  if (!typedKey && !session.key) return void complain("key", say("required"));
  const asked = office.value?.id ?? office.typed;
  let bound = session.bound ? session.office : null;
  if (typedKey) {
    const { status, body } = await whoseKey(typedKey);
    if (status === 401) return void complain("key", say("key_unknown"));
    if (status === 403) return void complain("key", say("key_no_scope"));
    if (status !== 200) return void complain("key", say("key_unchecked"));
    bound = body.office;
  }
  if (!bound && !asked) return void complain("office", say("office_needed"));
  const info = office.value?.id === (bound ?? asked) && office.value.kind ? office.value : await describe(bound ?? asked);
  if (typedKey) await keepKey(typedKey);
  await lists.choseName("agent", agent);
  await keepDevice({
    office: bound ?? asked, bound: Boolean(bound), officeName: info?.name ?? (session.office === (bound ?? asked) ? session.officeName : ""),
    region: info?.region ?? session.region, agent, counter: session.counter || newId(),
  });
  lists.refresh(session.region);
  return true;
}

async function describe(id) {
  return ((await findOffices(id)) ?? []).find((office) => office.id === id);
}

const offlineState = () => h("p.hint", {}, lists.lists.units.length
  ? say("offline_units", { n: number(lists.lists.units.length), place: session.region ? regionText(session.region) : lists.lists.of, at: moment(lists.lists.at) })
  : say("offline_none"));

function shiftEnd(done) {
  return h("div.shift", {}, h("p", {}, say("shift_hint")),
    h("button.quiet.danger-text", {
      type: "button", id: "end-shift",
      onclick: async () => {
        await forgetKey();
        await queue.wipeSealed();
        closeDialog();
        done();
      },
    }, say("shift_end")));
}
