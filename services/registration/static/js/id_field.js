// The field of the identity number: typed, pasted or scanned; explained while it grows; never kept longer than needed.

import { byId, h } from "/static/shared/dom.js";
import { commonEra, fromCard, grouped, masked, normalise, read } from "./identity.js";
import { language, say, yearText } from "./words.js";

const SCAN_PAUSE_MS = 400, SCANNED_MS_PER_KEY = 35;

export class IdField {
  // `home()` is the counter's country, `said(what)` hears {birthYear, sex} that a number or card says, `next()` is called
  // when a scanner has ended, `seen(number, country)` may answer with a warning about this very person.
  constructor({ home, said, next, seen }) {
    this.input = byId("national_id");
    this.home = home, this.said = said, this.next = next, this.seen = seen;
    this.swallowed = null; // what a scanner sends after the number: in memory until the year and sex are read from it
    this.startedAt = 0;
    this.kept = null; // the number of a record that is being put right, shown masked
    this.input.addEventListener("input", () => this.#changed());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("blur", () => this.#tidy());
  }

  get found() { return read(this.input.value, this.home()); }

  // {number, country}, or null while there is none that can be right.
  get value() {
    const { number, country, verdict } = this.found;
    if (!number && this.kept) return this.kept;
    return verdict === "good" ? { number, country } : null;
  }

  // The word for what is wrong, of a number that is complete as far as the clerk knows.
  get wrong() {
    const { number, country, verdict } = this.found;
    if (country === "VN" && number.length === 9 && verdict !== "id_letters") return "id_old";
    return verdict || "id_short";
  }

  get empty() { return !this.input.value.trim() && !this.kept; }

  clear() {
    this.#forgetScan();
    this.kept = null;
    this.input.value = "";
    this.input.removeAttribute("placeholder");
    this.startedAt = 0;
    this.explain();
  }

  // Put right a record without typing its number again; it is not shown.
  keep(number, country) {
    this.clear();
    this.kept = { number, country };
    this.input.placeholder = masked(number);
    this.explain();
  }

  #changed() {
    const text = this.input.value;
    if (!text) this.startedAt = 0;
    else if (!this.startedAt) this.startedAt = performance.now();
    if (this.swallowed !== null || text.includes("|")) this.#swallow(text);
    this.explain();
    const { verdict, birthYear, sex } = this.found;
    if (verdict === "good" && this.swallowed === null) this.said({ birthYear, sex });
  }

  // Everything behind the number leaves the field before it is ever painted.
  #swallow(text) {
    const number = this.swallowed === null ? text.slice(0, text.indexOf("|")) : this.number;
    this.swallowed = (this.swallowed ?? "") + text.slice(number.length);
    this.number = number;
    this.input.value = number;
    const card = fromCard(number + this.swallowed);
    if (card.complete) this.swallowed = `${"|".repeat(6)}`; // enough was read: name and address are gone at once
    if (card.birthYear || card.sex) this.card = { birthYear: card.birthYear, sex: card.sex };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#endScan(), SCAN_PAUSE_MS);
  }

  #endScan() {
    const card = this.card;
    this.#forgetScan();
    const { verdict, birthYear, sex } = this.found;
    this.explain(Boolean(card));
    if (verdict === "good") this.said({ birthYear: card?.birthYear ?? birthYear, sex: card?.sex ?? sex });
    this.next();
  }

  #forgetScan() {
    clearTimeout(this.timer);
    this.swallowed = this.number = this.card = null;
  }

  // A scanner ends with Enter. That moves on and never submits: whoever scans has not looked at the record yet.
  #key(event) {
    if (event.key !== "Enter" || event.ctrlKey) return;
    const keys = normalise(this.input.value).length;
    const scanned = keys > 5 && performance.now() - this.startedAt < keys * SCANNED_MS_PER_KEY;
    if (this.swallowed === null && !scanned) return;
    event.preventDefault();
    if (this.swallowed !== null) this.#endScan();
    else this.next();
  }

  #tidy() {
    const { number, country, verdict } = this.found;
    if (verdict === "good") this.input.value = grouped(number, country);
  }

  explain(fromScan = false) {
    const { number, country, wanted, verdict, parts } = this.found;
    byId("id-count").textContent = number ? `${number.length}/${wanted}` : "";
    byId("id-count").className = verdict === "good" ? "id-count good" : verdict ? "id-count bad" : "id-count";
    const hint = byId("national_id-hint");
    const old = this.wrong === "id_old";
    const twin = verdict === "good" ? this.seen(number, country) : "";
    hint.textContent = twin || (fromScan && say("id_scanned")) || (old && say("id_old")) || (verdict === "good" && say("id_good"))
      || (verdict && say(verdict)) || say(this.kept ? "id_kept" : country === "TH" ? "id_th" : "id_vn");
    hint.className = `hint ${twin ? "warn" : verdict === "good" ? "good" : verdict ? "bad" : ""}`;
    const list = byId("parts");
    list.hidden = !parts.length;
    list.replaceChildren(...parts.map((part) => h(`li.part.${part.label}`, {}, h("b", {}, part.text), h("span", {}, meaning(part)))));
  }
}

function meaning({ label, value, century }) {
  if (label === "part_place") {
    const name = Array.isArray(value) ? value[language() === "th" ? 0 : 1] : value;
    return name === "?" ? say("part_unknown") : name || say("part_place");
  }
  if (label === "part_sex") return say("part_sex_is", { sex: say(value), century: say("century", { n: century + 1 }) });
  if (label === "part_year") return value ? say("part_born", { year: yearText(value) }) : say("part_year");
  if (label === "part_check") return say(value === "✓" ? "part_check_good" : "part_check_bad");
  return say(label);
}

// The year of birth as typed: of the Buddhist era, or of the common one.
export function birthYearOf(text) {
  const typed = Number(normalise(text));
  if (!text.trim()) return { year: undefined, wrong: "" };
  const year = commonEra(typed), now = new Date().getFullYear();
  if (!Number.isInteger(year) || year < 1900 || year > now) return { year: undefined, wrong: "birth_year_wrong" };
  return { year, wrong: "", converted: year !== typed };
}
