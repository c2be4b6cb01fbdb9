// Choices that all fit on the screen: radio buttons that look like one row, walked by the arrow keys.

import { byId, h } from "/static/shared/dom.js";
import { say } from "./words.js";

export function options(name, values, wanted, changed = () => {}) {
  const now = values.includes(wanted) ? wanted : name === "sex" ? "" : values[0];
  byId(name).replaceChildren(...values.map((value) => h("label.option", {},
    h("input", { type: "radio", name, value, checked: value === now, onchange: changed }), h("span", {}, say(value)))));
}

export const chosen = (name) => document.querySelector(`input[name="${name}"]:checked`)?.value ?? "";

export function choose(name, value) {
  document.querySelectorAll(`input[name="${name}"]`).forEach((input) => { input.checked = input.value === value; });
}
