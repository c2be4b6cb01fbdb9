// A file of registrations: its columns recognised, what is missing filled in, each row given the id it will always have,
// sent in parts, each row's outcome kept. Nothing of the file is stored on the device.

import { read } from "./identity.js";
import { idOf } from "./new_id.js";
import { parse, written } from "./csv.js";
import { upload } from "./service.js";
import { session } from "./session.js";

export const COLUMNS = [
  "registration_id", "kind", "scheme", "region", "national_id", "country", "occurred_at", "office", "agent", "channel", "outreach",
  "campaign", "group", "sponsor", "birth_year", "sex", "refers_to", "reason",
];
export const NEEDED = ["kind", "scheme", "region", "national_id", "occurred_at"];
const PART_ROWS = 200;
const FAILED = ["refused", "unavailable"];

export class UploadFile {
  constructor(name, text, modifiedAt) {
    const [header = [], ...rows] = parse(text);
    this.name = name, this.modifiedAt = new Date(modifiedAt).toISOString();
    this.columns = header.map((column) => column.trim().toLowerCase());
    this.known = this.columns.map((column) => COLUMNS.includes(column));
    this.rows = rows.map((cells, place) => ({
      number: place + 1, uneven: cells.length !== this.columns.length, outcome: null,
      fields: Object.fromEntries(this.columns.map((column, at) => [column, (cells[at] ?? "").trim()]).filter(([column, value]) => COLUMNS.includes(column) && value)),
    }));
  }

  get unknown() { return this.columns.filter((_, place) => !this.known[place]); }
  get missing() { return NEEDED.filter((column) => !this.columns.includes(column)); }
  get badNumbers() { return this.rows.filter(({ fields }) => read(fields.national_id ?? "", fields.country ?? this.home).verdict !== "good").length; }
  get home() { return session.region?.country ?? "VN"; }
  get failed() { return this.rows.filter(({ outcome }) => outcome && FAILED.includes(outcome.status)); }
  get unsent() { return this.rows.filter(({ outcome }) => !outcome || outcome.status === "unavailable"); }
  count(status) { return this.rows.filter(({ outcome }) => outcome?.status === status).length; }

  // Fills what columns lack. The id is made of the whole row, so the same file sent again repeats and counts nothing twice.
  async complete(defaults) {
    for (const row of this.rows) {
      const filled = { ...defaults, occurred_at: this.modifiedAt, channel: "upload", agent: session.agent, ...row.fields };
      if (!session.bound) filled.office ??= session.office;
      for (const name of Object.keys(filled)) if (!filled[name]) delete filled[name];
      row.whole = { ...filled, registration_id: filled.registration_id ?? (await idOf(JSON.stringify(filled))) };
    }
  }

  // Sends what has no final outcome; `moved` is called after each part. Stops where the service cannot be reached; the rest
  // can be sent by calling it again. Returns the trouble, or "".
  async send(key, moved) {
    const waiting = this.unsent;
    for (let at = 0; at < waiting.length; at += PART_ROWS) {
      const part = waiting.slice(at, at + PART_ROWS);
      const columns = COLUMNS.filter((column) => part.some(({ whole }) => whole[column]));
      const { status, body, outcomes } = await upload(key, written([columns, ...part.map(({ whole }) => columns.map((column) => whole[column] ?? ""))]));
      if (status !== 200) return status === 401 ? "key_unknown" : status === 0 || status >= 429 ? "upload_broken" : body?.detail ?? "upload_broken";
      outcomes.forEach((outcome, place) => { part[place].outcome = outcome; });
      moved();
    }
    return this.count("unavailable") ? "upload_broken" : "";
  }

  // The rows that failed, as they would be sent, and why. A refused row loses the id that was made for it: mended, it is
  // another content and gets another. The column `error` is left out when the file comes back.
  failedRows(tell) {
    const value = ({ fields, whole, outcome }, column) =>
      (column === "registration_id" && outcome.status === "refused" ? fields.registration_id : whole[column]) ?? "";
    const columns = COLUMNS.filter((column) => this.failed.some((row) => value(row, column)));
    return [[...columns, "error"], ...this.failed.map((row) => [...columns.map((column) => value(row, column)), reasons(row.outcome, tell)])];
  }
}

export const reasons = (outcome, tell) => (outcome.errors ?? []).map(tell).join("; ");
