// The second view: a file of registrations with a preview, progress, every row's outcome, and a file of those that failed.

import { byId, h } from "/static/shared/dom.js";
import { download } from "./csv.js";
import { field } from "./dialog.js";
import { masked, normalise } from "./identity.js";
import { chosen } from "./options.js";
import { regionPicker } from "./pickers.js";
import { told } from "./refusals.js";
import { session } from "./session.js";
import { COLUMNS, UploadFile, reasons } from "./upload_file.js";
import { number, say } from "./words.js";

const PREVIEWED = 8, FAILED_SHOWN = 100, LARGEST_BYTES = 50_000_000;
const EXAMPLE = ["kind", "scheme", "region", "national_id", "occurred_at", "birth_year", "sex", "agent", "outreach"];
let file = null, trouble = "", working = false, tried = false, region = null;

export function drawUpload() {
  const box = byId("upload");
  if (!file) return box.replaceChildren(...chooser());
  return box.replaceChildren(heading(), facts(), ...(tried ? [progress(), failures()] : [defaults(), preview()]), buttons());
}

function chooser() {
  const input = h("input.file", { id: "file", type: "file", accept: ".csv,.txt,.tsv,text/csv", onchange: () => take(input.files[0]) });
  const drop = h("label.drop", { for: "file" }, h("b", {}, say("drop_here")), h("span", {}, say("drop_hint")), input, h("span.quiet.pick", { "aria-hidden": "true" }, say("pick_file")), h("p.error", { id: "file-error", role: "alert" }));
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files[0]); });
  return [h("h2", {}, say("upload_title")), h("p.soft", {}, say("upload_hint")), drop,
    h("p", {}, h("button.quiet", { type: "button", onclick: () => download("mau-template.csv", [EXAMPLE]) }, say("template"))),
    h("p.hint", {}, say("columns_are"), " ", ...COLUMNS.flatMap((name) => [h("code", {}, name), " "]))];
}

async function take(chosenFile) {
  if (!chosenFile) return;
  if (chosenFile.size > LARGEST_BYTES) return void (byId("file-error").textContent = say("file_large"));
  const read = new UploadFile(chosenFile.name, await chosenFile.text(), chosenFile.lastModified);
  if (!read.rows.length || !read.columns.includes("national_id")) return void (byId("file-error").textContent = say("file_no_rows"));
  file = read, trouble = "", tried = false;
  drawUpload();
}

const heading = () => h("h2", {}, file.name);

function facts() {
  const uneven = file.rows.filter((row) => row.uneven).length;
  const lines = [say("rows_read", { n: number(file.rows.length) })];
  if (file.unknown.length) lines.push(say("columns_left_out", { names: file.unknown.join(", ") }));
  if (uneven) lines.push(say("rows_uneven", { n: number(uneven) }));
  if (file.badNumbers) lines.push(say("rows_bad_id", { n: number(file.badNumbers) }));
  return h("ul.facts", {}, ...lines.map((text) => h("li", {}, text)));
}

// What the file does not say, taken from the other view and shown before anything is sent.
function defaults() {
  const texts = file.missing.filter((name) => name !== "region" && name !== "national_id")
    .map((name) => h("li", {}, h("b", {}, say(name)), ": ", name === "occurred_at" ? say("time_of_file") : say(chosen(name))));
  const parts = [texts.length ? h("div", {}, h("p", {}, say("filled_in")), h("ul.facts", {}, ...texts)) : null];
  if (file.missing.includes("region")) parts.push(field("upload-region", say("region"), h("input", { id: "upload-region" }), say("region_for_all")));
  queueMicrotask(() => { region = byId("upload-region") ? regionPicker("upload-region", {}) : null; });
  return h("div.stack", {}, ...parts);
}

function preview() {
  const columns = file.columns.filter((_, place) => file.known[place]);
  return h("div.table-wrap", { tabindex: "0", role: "region", "aria-label": say("preview") }, h("table", {},
    h("caption", {}, say("preview_of", { n: number(Math.min(PREVIEWED, file.rows.length)) })),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "#"), ...columns.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, ...file.rows.slice(0, PREVIEWED).map(({ number: row, fields }) => h("tr", {}, h("th", { scope: "row" }, String(row)),
      ...columns.map((name) => h("td", {}, name === "national_id" ? masked(normalise(fields[name] ?? "")) : fields[name] ?? "")))))));
}

function progress() {
  const done = file.rows.length - file.unsent.length;
  const counts = ["accepted", "repeated", "refused"].map((status) => [status, file.count(status)]);
  return h("div.stack", {}, h("progress", { max: String(file.rows.length), value: String(done), "aria-label": say("progress") }),
    h("p", { role: "status", id: "upload-status" }, say("rows_done", { n: number(done), all: number(file.rows.length) })),
    h("div.tallies", {}, ...[...counts, ["left_over", file.unsent.length]].map(([name, n]) =>
      h("div.tally", { id: `rows-${name}`, class: n ? { accepted: "good", refused: "bad", left_over: "warn" }[name] ?? "" : "none" }, h("strong", {}, number(n)), h("span", {}, say(`rows_${name}`))))),
    trouble ? h("p.error", { role: "alert" }, say(trouble)) : null);
}

function failures() {
  const failed = file.failed.slice(0, FAILED_SHOWN);
  if (!failed.length) return h("div");
  return h("div.table-wrap.failed", { tabindex: "0", role: "region", "aria-label": say("failed_rows") }, h("table", {},
    h("caption", {}, say("failed_rows")),
    h("thead", {}, h("tr", {}, ...["#", say("national_id"), say("why")].map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, ...failed.map(({ number: row, whole, outcome }) => h("tr", {}, h("th", { scope: "row" }, String(row)),
      h("td", {}, masked(normalise(whole.national_id ?? ""))), h("td", {}, reasons(outcome, told)))))));
}

function buttons() {
  const left = file.unsent.length;
  return h("div.dialog-actions", {},
    left ? h("button.primary", { type: "button", id: "upload-send", disabled: working, onclick: start }, working ? say("sending") : say(tried ? "send_rest" : "send_rows", { n: number(left) })) : null,
    file.failed.length ? h("button.quiet", { type: "button", id: "failed-file", onclick: () => download(`failed-${file.name}`, file.failedRows((error) => `${error.field}: ${told(error)}`)) }, say("download_failed")) : null,
    h("button.quiet", { type: "button", disabled: working, onclick: () => { file = null; drawUpload(); } }, say("another_file")));
}

async function start() {
  if (!tried && file.missing.includes("region") && !region?.value) {
    byId("upload-region-error").textContent = say("region_pick");
    return byId("upload-region").focus();
  }
  working = true, trouble = "";
  if (!tried) await file.complete({ kind: chosen("kind"), scheme: chosen("scheme"), region: region?.value?.id });
  tried = true;
  drawUpload();
  trouble = session.key ? await file.send(session.key, drawUpload) : "key_needed";
  working = false;
  return drawUpload();
}

