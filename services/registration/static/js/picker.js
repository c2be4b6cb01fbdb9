// A combobox (ARIA 1.2, list autocomplete): a text field that offers what matches, chosen by arrow keys and Enter, by
// mouse or by touch. `find(text, show)` calls `show(items)` as often as it knows more; `shown(item)` is {title, detail}.

import { byId, h } from "/static/shared/dom.js";
import { say } from "./words.js";

const PAUSE_MS = 120;

export class Picker {
  constructor(id, { find, shown, chosen = () => {}, free = false, root = document }) {
    this.input = root.querySelector(`#${id}`) ?? byId(id);
    this.list = h("ul.options-list", { id: `${id}-list`, role: "listbox", hidden: true });
    this.clear = h("button.clear-picked", { type: "button", tabindex: "-1", hidden: true, onclick: () => this.#emptied() }, "×");
    this.find = find, this.shown = shown, this.chosen = chosen, this.free = free;
    this.value = null, this.items = [], this.at = -1, this.round = 0;
    const box = h("div.picker-box"), held = document.activeElement === this.input;
    this.input.replaceWith(box);
    box.append(this.input, this.clear, this.list);
    if (held) this.input.focus(); // what is moved loses it
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-expanded": "false", "aria-controls": this.list.id, "aria-autocomplete": "list",
      autocomplete: "off", spellcheck: "false",
    })) this.input.setAttribute(name, value);
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("focus", () => this.#look());
    this.input.addEventListener("click", () => { if (this.list.hidden) this.#look(); });
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("keydown", (event) => this.#key(event));
  }

  // Sets what is chosen without telling anybody; null empties the field.
  set(item) {
    this.value = item;
    this.input.value = item ? this.text(item) : "";
    this.input.dataset.chosen = item?.id ?? "";
    this.clear.hidden = !this.input.value;
    this.clear.setAttribute("aria-label", say("remove"));
    this.close();
  }

  text(item) {
    const { title, detail, short } = this.shown(item);
    return short ?? (detail ? `${title}, ${detail}` : title);
  }

  get typed() { return this.input.value.trim(); }

  close() {
    clearTimeout(this.timer);
    this.round += 1;
    this.at = -1;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  #emptied() {
    this.set(null);
    this.chosen(null);
    this.input.focus();
  }

  #typed() {
    if (this.value) this.chosen(null);
    this.value = null;
    this.input.dataset.chosen = "";
    this.clear.hidden = !this.input.value;
    clearTimeout(this.timer);
    this.#look(true);
  }

  // What the device knows shows at once; the service is asked once the fingers rest.
  #look(rest = false) {
    const round = ++this.round, text = this.value ? "" : this.typed;
    const show = (items) => { if (round === this.round && document.activeElement === this.input) this.#show(items); };
    const later = (work) => { this.timer = setTimeout(() => { if (round === this.round) work(); }, rest ? PAUSE_MS : 0); };
    this.find(text, show, later);
  }

  #show(items) {
    const before = this.items[this.at];
    this.items = items;
    this.at = items.findIndex((item) => before && item.id === before.id);
    this.list.replaceChildren(...items.map((item, place) => this.#option(item, place)));
    if (!items.length && this.typed && !this.free) this.list.append(h("li.none", { role: "presentation" }, say("none_found")));
    const open = this.list.childElementCount > 0;
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    this.#point();
  }

  #option(item, place) {
    const { title, detail, mark } = this.shown(item);
    return h("li", {
      id: `${this.list.id}-${place}`, role: "option", "aria-selected": "false",
      onpointerdown: (event) => { event.preventDefault(); this.#take(item); },
    }, h("span.option-title", {}, title, mark ? h("span.pill", {}, mark) : null), detail ? h("span.option-detail", {}, detail) : null);
  }

  #take(item) {
    this.set(item);
    this.chosen(item);
  }

  #point() {
    [...this.list.children].forEach((option, place) => {
      option.setAttribute("aria-selected", String(place === this.at));
      if (place === this.at) option.scrollIntoView({ block: "nearest" });
    });
    if (this.at >= 0) this.input.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    const open = !this.list.hidden && this.items.length > 0;
    if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      return this.close();
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return this.#look();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.at = this.at < 0 ? (step > 0 ? 0 : this.items.length - 1) : (this.at + step + this.items.length) % this.items.length;
      return this.#point();
    }
    // Enter takes the marked one, else the best match of what was typed: never needs a mouse, never a second look.
    const best = this.items[this.at] ?? (this.typed && !this.value && !this.free ? this.items[0] : undefined);
    if ((event.key === "Enter" || (event.key === "Tab" && this.at >= 0)) && open && best && !event.ctrlKey) {
      if (event.key === "Enter") event.preventDefault();
      event.stopPropagation();
      this.#take(best);
    }
    return undefined;
  }
}
