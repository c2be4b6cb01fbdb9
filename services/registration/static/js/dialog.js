// The one dialog of the screen. `close` returns the focus to where it was; a dialog that must be answered cannot be left.

import { byId, h, put } from "/static/shared/dom.js";
import { say } from "./words.js";

let must = false;

export function openDialog(title, content, { required = false, wide = false, actions = [] } = {}) {
  const dialog = byId("dialog");
  must = required;
  dialog.className = wide ? "wide" : "";
  put(dialog,
    h("div.dialog-head", {}, h("h2", { id: "dialog-title" }, title),
      required ? null : h("button.close", { type: "button", "aria-label": say("close"), onclick: closeDialog }, "×")),
    content,
    actions.length ? h("div.dialog-actions", {}, ...actions) : null,
  );
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector("[autofocus], input:not([type=hidden]), textarea, .dialog-actions button") ?? dialog).focus();
  return dialog;
}

export function closeDialog() {
  must = false;
  byId("dialog").close();
}

export function setUpDialog() {
  const dialog = byId("dialog");
  dialog.addEventListener("cancel", (event) => { if (must) event.preventDefault(); });
  dialog.addEventListener("click", (event) => { if (event.target === dialog && !must) closeDialog(); });
}

export function field(id, label, input, hint = null) {
  return h("div.field", {}, h("label", { for: id }, label), input, hint ? h("p.hint", {}, hint) : null,
    h("p.error", { id: `${id}-error`, role: "alert" }));
}
