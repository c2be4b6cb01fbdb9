// The registration form: what is written, checked before it is kept, and made into a body for the service.

import { byId, h } from "/static/shared/dom.js";
import { IdField, birthYearOf } from "./id_field.js";
import { masked } from "./identity.js";
import * as lists from "./lists.js";
import { choicePicker, namePicker, regionPicker } from "./pickers.js";
import * as queue from "./queue.js";
import { told } from "./refusals.js";
import { session } from "./session.js";
import { choose, chosen, options } from "./options.js";
import { newId } from "./new_id.js";
import { clock, dayText, say } from "./words.js";

const SCHEMES = { VN: ["voluntary_si", "health", "compulsory_si", "unemployment"], TH: ["section40", "compulsory_si", "health"] };
const KINDS = ["enrolled", "renewed", "withdrawn", "transferred"];
const FIELDS = ["national_id", "birth_year", "region", "outreach", "campaign", "group", "sponsor", "occurred_at"];
const PAPER_TIME = "T12:00:00+07:00"; // a form on paper has a day and no hour: noon in both countries
export const PICKED = ["outreach", "campaign", "group", "sponsor"];

export class Form {
  constructor({ kept }) {
    this.kept = kept; // hears of each record that was kept
    this.fixing = null;
    this.seen = new Map(); // persons of this window's life: scheme and number, in memory only
    this.region = regionPicker("region", { chosen: (region) => this.#chose(region), on: () => byId("day").value });
    const context = { region: () => this.region.value, scheme: () => chosen("scheme") };
    const changed = { chosen: () => this.#summary() };
    this.picked = {
      outreach: choicePicker("outreach", "outreach", { ...context, ...changed }),
      campaign: choicePicker("campaign", "campaigns", { ...context, ...changed }),
      group: choicePicker("group", "groups", { ...context, ...changed }),
      sponsor: namePicker("sponsor", "sponsor", changed),
    };
    this.id = new IdField({
      home: () => this.country, said: (said) => this.#said(said), next: () => this.advance(),
      seen: (number, country) => this.#seenBefore(number, country),
    });
    byId("birth_year").addEventListener("input", () => this.#yearHint());
    byId("keep-region").addEventListener("change", (event) => localStorage.setItem("keep-region", event.target.checked ? "1" : ""));
    byId("keep-region").checked = localStorage.getItem("keep-region") === "1";
    byId("day").addEventListener("change", () => this.#summary());
    byId("national_id").addEventListener("input", () => this.complain("national_id", "")); // what it is now stands beside it
    PICKED.forEach((field) => byId(field).addEventListener("input", () => this.#summary()));
    byId("form").addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    byId("clear").addEventListener("click", () => this.clear());
    this.words();
  }

  get country() { return this.region?.value?.country ?? session.region?.country ?? localStorage.getItem("country") ?? "VN"; }

  // Everything that is written in words, anew: after a change of language, office or region.
  words() {
    const wanted = chosen("scheme") || localStorage.getItem("scheme");
    options("scheme", SCHEMES[this.country], wanted, () => { localStorage.setItem("scheme", chosen("scheme")); this.id.explain(); });
    options("kind", KINDS, chosen("kind") || "enrolled", () => this.#verb());
    options("sex", ["F", "M", "X"], chosen("sex"), () => { this.sexSaid = false; });
    if (this.region.value) this.region.set(this.region.value);
    Object.values(this.picked).forEach((picker) => picker.value && picker.set(picker.value));
    for (const [id, word] of [["region", "region_example"], ...PICKED.map((field) => [field, `${field}_example`])]) {
      byId(id).placeholder = say(word);
    }
    this.id.explain();
    this.#yearHint();
    this.#verb();
    this.#summary();
  }

  #verb() {
    byId("submit-word").textContent = this.fixing ? say("resend") : say(`do_${chosen("kind")}`);
  }

  #summary() {
    const set = PICKED.filter((field) => this.picked[field].typed).length + (byId("day").value ? 1 : 0);
    byId("more-set").textContent = set ? say("more_set", { n: set }) : "";
    byId("day-hint").textContent = byId("day").value ? dayText(byId("day").value) : say("day_hint"); // the browser may write it otherwise
  }

  #chose(region) {
    this.complain("region", "");
    if (!region) return;
    localStorage.setItem("country", region.country);
    lists.choseRegion(region);
    this.words();
    this.id.explain();
  }

  // What the number or the card says goes into fields that the clerk has not filled.
  #said({ birthYear, sex }) {
    const field = byId("birth_year");
    if (birthYear && (!field.value || field.dataset.said)) {
      field.value = birthYear;
      field.dataset.said = "1";
      this.#yearHint();
    }
    if (sex && (!chosen("sex") || this.sexSaid)) {
      choose("sex", sex);
      this.sexSaid = true;
    }
    this.complain("national_id", "");
  }

  #yearHint() {
    const { year, wrong, converted } = birthYearOf(byId("birth_year").value);
    if (document.activeElement === byId("birth_year")) delete byId("birth_year").dataset.said;
    byId("birth_year-hint").textContent = converted ? say("birth_year_converted", { year }) : year ? say("aged", { n: new Date().getFullYear() - year }) : say("birth_year_hint");
    if (!wrong) this.complain("birth_year", "");
  }

  #seenBefore(number, country) {
    const at = this.seen.get(`${chosen("scheme")} ${country} ${number}`);
    return at && chosen("kind") === "enrolled" && !this.fixing ? say("seen_before", { time: clock(at) }) : "";
  }

  complain(field, message) {
    const input = byId(field === "occurred_at" ? "day" : field);
    byId(`${field}-error`).textContent = message;
    if (message) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  // To the first field that still needs something, else to the button.
  advance() {
    if (!this.id.value) return byId("national_id").focus();
    if (!this.region.value) return byId("region").focus();
    return byId("submit").focus();
  }

  check() {
    const wrong = {
      national_id: this.id.value ? "" : this.id.empty ? say("required") : say(this.id.wrong),
      birth_year: birthYearOf(byId("birth_year").value).wrong && say("birth_year_wrong"),
      region: this.region.value ? "" : say(this.region.typed ? "region_pick" : "required"),
      occurred_at: byId("day").value > today() ? say("day_future") : "",
    };
    FIELDS.forEach((field) => this.complain(field, wrong[field] ?? ""));
    const first = FIELDS.find((field) => wrong[field]);
    if (first) byId(first === "occurred_at" ? "day" : first).focus();
    return !first;
  }

  #written() {
    const { number, country } = this.id.value, day = byId("day").value;
    const body = {
      registration_id: this.fixing?.id ?? newId(), kind: chosen("kind"), scheme: chosen("scheme"), region: this.region.value.id,
      national_id: number, country, channel: "counter", agent: session.agent || undefined,
      occurred_at: day ? `${day}${PAPER_TIME}` : this.fixing?.occurred_at ?? new Date().toISOString(),
      office: session.bound ? undefined : session.office || undefined,
      birth_year: birthYearOf(byId("birth_year").value).year, sex: chosen("sex") || undefined,
    };
    for (const field of PICKED) body[field] = this.picked[field].value?.id ?? (this.picked[field].typed || undefined);
    return body;
  }

  async submit() {
    if (this.busy || !this.check()) return;
    this.busy = true;
    try {
      const body = this.#written(), shown = shownOf(body, this.region.value);
      const record = this.fixing ? await queue.replace(this.fixing.record, body, shown) : await queue.add(body, shown);
      this.seen.set(`${body.scheme} ${body.country} ${body.national_id}`, record.made_at);
      PICKED.forEach((field) => lists.choseName(field, this.picked[field].value ? "" : this.picked[field].typed));
      this.clear({ next: true });
      this.kept(record);
    } finally {
      this.busy = false;
    }
  }

  // For the next person: scheme, session, campaign and, where wanted, the region stay.
  clear({ next = false } = {}) {
    this.fixing = null;
    this.sexSaid = false;
    byId("fixing").hidden = true;
    this.id.clear();
    byId("birth_year").value = "";
    delete byId("birth_year").dataset.said;
    choose("sex", "");
    if (!next || !byId("keep-region").checked) this.region.set(null);
    if (!next) [...PICKED.map((field) => this.picked[field])].forEach((picker) => picker.set(null));
    if (!next) byId("day").value = "";
    FIELDS.forEach((field) => this.complain(field, ""));
    choose("kind", "enrolled");
    this.words();
    byId("national_id").focus();
  }

  // Puts a refused record back into the form; its number stays hidden unless it is the number that is wrong.
  async fix(record) {
    const body = await queue.bodyOf(record.id);
    const { shown, problem, state } = record;
    this.clear();
    const wrong = new Map(problem.errors.map((error) => [error.field, told(error)]));
    const day = body?.occurred_at.endsWith(PAPER_TIME) ? body.occurred_at.slice(0, 10) : "";
    this.fixing = {
      record: record.id, id: state === "conflict" ? newId() : record.id,
      occurred_at: day || wrong.has("occurred_at") ? undefined : body?.occurred_at,
    };
    byId("day").value = day;
    choose("scheme", shown.scheme);
    choose("kind", shown.kind);
    if (body && !wrong.has("national_id")) this.id.keep(body.national_id, body.country);
    byId("birth_year").value = body?.birth_year ?? "";
    choose("sex", body?.sex ?? "");
    if (!wrong.has("region")) this.region.set(shown.region);
    for (const field of PICKED) byId(field).value = shown[field] ?? "";
    this.words();
    for (const field of FIELDS) if (wrong.has(field)) this.complain(field, wrong.get(field));
    byId("fixing").replaceChildren(h("span", {}, say("fixing", { tail: shown.tail, time: clock(record.made_at) })));
    byId("fixing").hidden = false;
    byId("more").open = Boolean(day) || PICKED.some((field) => wrong.has(field));
    this.advance();
  }
}

// Days of the two countries, which share a zone.
const today = () => new Date(Date.now() + 7 * 3600_000).toISOString().slice(0, 10);

// What is shown of a record, and kept in clear: no number, year of birth or sex.
export function shownOf(body, region) {
  const { kind, scheme, country, agent, office, outreach, campaign, group, sponsor, occurred_at, refers_to } = body;
  const place = { id: region.id, name: region.name, within: region.within, path: region.path, country: region.country };
  return {
    kind, scheme, country, agent, office: office ?? session.office, outreach, campaign, group, sponsor, occurred_at, refers_to,
    region: place, tail: masked(body.national_id),
  };
}

