// The counter screen, wired: language, views, keys, and what the parts hear of each other.

import { byId, h } from "/static/shared/dom.js";
import { closeDialog, openDialog, setUpDialog } from "./dialog.js";
import { Form } from "./form.js";
import * as lists from "./lists.js";
import { draw as drawOutcome, setUpOutcome, showOutcome } from "./outcome.js";
import * as queue from "./queue.js";
import { printReceipt } from "./receipt.js";
import { draw as drawRecords, setUpRecords } from "./records.js";
import { openSetup } from "./setup.js";
import { restore, session } from "./session.js";
import { drawLine, setUpLine } from "./status.js";
import { drawUpload } from "./upload.js";
import { reportWaiting } from "./sync_report.js";
import * as vault from "./vault.js";
import { language, say, setLanguage, writeWords } from "./words.js";

const REPORT_MS = 5 * 60_000;
const SHORTCUTS = [["F2", "national_id"], ["F4", "region"], ["Ctrl Enter", "key_submit"], ["Esc", "clear"], ["F8", "key_print"], ["F9", "send_now"], ["F1", "keys"]];
let form;

function speak(wanted) {
  setLanguage(wanted);
  writeWords();
  document.querySelectorAll("[data-lang]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.lang === language())));
  who();
  form?.words();
  drawRecords();
  drawOutcome();
  drawUpload();
  drawLine();
  offlineState();
}

function who() {
  const { office, officeName, agent } = session;
  byId("who").replaceChildren(h("b", {}, officeName || office || say("who_nobody")), h("span", {}, [officeName && office, agent].filter(Boolean).join(" · ") || say("change")));
  byId("who").setAttribute("aria-label", `${say("who")}: ${[officeName, office, agent].filter(Boolean).join(", ") || say("who_nobody")}`);
}

function offlineState() {
  const kept = navigator.serviceWorker?.controller && lists.lists.units.length;
  byId("offline-state").textContent = say(kept ? "offline_ready" : "offline_not_ready");
}

// After office or key changed.
async function settled() {
  speak(language());
  if (session.key) byId("national_id").focus(); // at once: later it would take the focus from where the clerk is by then
  queue.send();
  await lists.refresh(session.region);
  offlineState();
}

function show(view) {
  for (const name of ["desk", "upload"]) {
    byId(name).hidden = name !== view;
    byId(`tab-${name}`).setAttribute("aria-selected", String(name === view));
    byId(`tab-${name}`).tabIndex = name === view ? 0 : -1;
  }
  if (view === "upload") drawUpload();
}

function setUpTabs() {
  const tabs = [byId("tab-desk"), byId("tab-upload")];
  tabs.forEach((tab, place) => {
    tab.addEventListener("click", () => show(tab.getAttribute("aria-controls")));
    tab.addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      const other = tabs[1 - place];
      show(other.getAttribute("aria-controls"));
      other.focus();
    });
  });
}

function help() {
  openDialog(say("keys"), h("dl.keys", {}, ...SHORTCUTS.flatMap(([keys, word]) => [h("dt", {}, ...keys.split(" ").map((key) => h("kbd", {}, key))), h("dd", {}, say(word))])),
    { actions: [h("button.primary", { type: "button", onclick: closeDialog }, say("close"))] });
}

function printLast() {
  const last = queue.all().find((record) => record.state === "sent");
  if (last) printReceipt(last);
}

function setUpKeys() {
  const work = { F1: help, F2: () => byId("national_id").focus(), F4: () => byId("region").focus(), F8: printLast, F9: () => queue.send() };
  addEventListener("keydown", (event) => {
    if (byId("dialog").open || event.altKey || event.shiftKey) return;
    if (event.key === "Enter" && event.ctrlKey && !byId("desk").hidden) { event.preventDefault(); form.submit(); }
    else if (event.key === "Escape" && !byId("desk").hidden && byId("form").contains(document.activeElement)) form.clear();
    else if (work[event.key] && !event.ctrlKey) { event.preventDefault(); show("desk"); work[event.key](); }
  });
}

async function setUpWorker() {
  if (!navigator.serviceWorker) return;
  navigator.serviceWorker.addEventListener("controllerchange", offlineState);
  // Without it the screen works as long as there is a line; the foot of the page says so.
  await navigator.serviceWorker.register("/sw.js").catch((error) => console.warn("no service worker:", error.message));
}

function cannotKeep() {
  byId("notice").textContent = say("insecure");
  byId("notice").hidden = false;
  byId("submit").disabled = true;
}

async function start() {
  const asked = new URLSearchParams(location.search).get("lang");
  setLanguage(asked ?? localStorage.getItem("lang") ?? navigator.language.slice(0, 2));
  writeWords();
  setUpDialog();
  document.querySelectorAll("[data-lang]").forEach((button) => button.addEventListener("click", () => speak(button.dataset.lang)));
  if (!vault.available()) return cannotKeep();
  await Promise.all([restore(), lists.restore()]);
  form = new Form({ kept: showOutcome });
  setUpRecords(form);
  setUpOutcome();
  await queue.load();
  setUpTabs();
  setUpKeys();
  setUpLine(settled);
  byId("who").addEventListener("click", () => openSetup(settled));
  byId("help-open").addEventListener("click", help);
  speak(language());
  document.documentElement.dataset.ready = "1";
  if (!session.key || !session.office) openSetup(settled, { required: !session.office });
  else settled();
  setInterval(() => reportWaiting(queue.waiting()), REPORT_MS);
  navigator.storage?.persist?.();
  return setUpWorker();
}

start();
