// The places below, as a table that can be sorted; rows stay in place when figures change.

import { bar, h } from "./dom.js";
import { day, nameOf, number, percent, say } from "./words.js";

const COLUMNS = [
  { key: "name", word: "place", of: (c) => nameOf(c.region) },
  { key: "people", word: "people_col", of: (c) => c.participants },
  { key: "coverage", word: "coverage", of: (c) => c.coverage_pct ?? -1 },
  { key: "24h", word: "new_24h", of: (c) => c.new["24h"] },
  { key: "7d", word: "new_7d", of: (c) => c.new["7d"], wide: true },
  { key: "30d", word: "new_30d", of: (c) => c.new["30d"], wide: true },
];

const AT_FIRST = 20;

export class Children {
  constructor(section, linkTo) {
    this.section = section;
    this.linkTo = linkTo;
    this.sort = { key: "name", down: false };
    this.before = new Map();
    this.all = false;
  }

  show(page) {
    this.page = page;
    this.section.hidden = !page.children.length;
    if (!page.children.length) return;
    const focused = this.section.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    this.section.replaceChildren(
      h("h2", {}, say("places")),
      page.at_region_itself ? h("p.soft.small", {}, say("at_itself", { n: number(page.at_region_itself) })) : "",
      h("div.table-wrap", {}, h("table", {}, this.head(), h("tbody", {}, this.shown().map((c) => this.row(c))))),
      this.more());
    this.before = new Map(page.children.map((c) => [c.region.id, c.participants]));
    if (focused) this.section.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }

  shown() {
    return this.all ? this.sorted() : this.sorted().slice(0, AT_FIRST);
  }

  more() {
    const count = this.page.children.length;
    if (this.all || count <= AT_FIRST) return "";
    const showAll = () => {
      this.all = true;
      this.show(this.page);
    };
    return h("button.more", { type: "button", onclick: showAll }, say("show_all", { n: number(count) }));
  }

  // Another place is looked at.
  reset() {
    this.all = false;
    this.before.clear();
  }

  sorted() {
    const { key, down } = this.sort;
    const of = COLUMNS.find((column) => column.key === key).of;
    const order = (a, b) => (typeof a === "string" ? a.localeCompare(b, document.documentElement.lang, { numeric: true }) : a - b);
    return [...this.page.children].sort((a, b) => (down ? -1 : 1) * order(of(a), of(b)));
  }

  head() {
    const column = ({ key, word, wide }) => {
      const sorted = this.sort.key === key;
      const turn = () => {
        this.sort = { key, down: sorted ? !this.sort.down : key !== "name" };
        this.show(this.page);
      };
      return h("th", {
        scope: "col", class: wide ? "wide" : "", "aria-sort": sorted ? (this.sort.down ? "descending" : "ascending") : null,
      }, h("button", { type: "button", onclick: turn, "data-focus": `sort ${key}` }, say(word)));
    };
    return h("thead", {}, h("tr", {}, COLUMNS.map(column)));
  }

  row(c) {
    const { id, valid_to: ended } = c.region;
    const known = c.coverage_pct !== null;
    const changed = this.before.has(id) && this.before.get(id) !== c.participants;
    return h("tr", { class: changed ? "changed" : "" },
      h("th", { scope: "row" }, h("a", { href: this.linkTo(id), "data-region": id, "data-focus": id }, nameOf(c.region),
        ended && ended <= this.page.as_of.slice(0, 10) ? h("span.ended", {}, say("until", { date: day(ended) })) : null)),
      h("td", {}, number(c.participants)),
      h("td.coverage", { title: c.coverage_reason }, known ? percent(c.coverage_pct) : "–", known ? bar(c.coverage_pct) : null),
      h("td", {}, number(c.new["24h"])),
      h("td.wide", {}, number(c.new["7d"])),
      h("td.wide", {}, number(c.new["30d"])));
  }
}
