// The records of this counter: each is written to the device first and sent from there, whether there is a line or not.
//
// A record: id (registration_id, made once, sent with every attempt), made_at, state, what is shown of it (`shown`: no
// number but its last three digits), the whole body sealed, and what the service answered.
// States: waiting -> sent | refused (422: fix it) | conflict (409: send it under an id of its own) ; -> discarded.

import { records } from "./store.js";
import { register } from "./service.js";
import { session, touchKey } from "./session.js";
import { reportWaiting } from "./sync_report.js";
import * as vault from "./vault.js";

const FIRST_PAUSE_MS = 1000, LONGEST_PAUSE_MS = 60_000;
const KEEP_SEALED_MS = 24 * 3600_000;
const KEEP_MS = 7 * 24 * 3600_000, KEEP_AT_MOST = 200;
export const NEEDS_CLERK = ["refused", "conflict"];

const known = new Map();
const listeners = new Set();
const others = "BroadcastChannel" in globalThis ? new BroadcastChannel("counter") : null;
// trouble: "" | "offline" (no answer) | "busy" (429, 503, 5xx) | "key" (401)
export const line = { trouble: "", lastSentAt: null, nextTryAt: null, failures: 0, sending: false };
let timer, running = null;

export const onChange = (listener) => listeners.add(listener);
const tell = () => listeners.forEach((listener) => listener());

export const all = () => [...known.values()].sort((a, b) => b.made_at.localeCompare(a.made_at));
export const get = (id) => known.get(id);
export const waiting = () => all().filter((record) => record.state === "waiting").reverse();
export const needingClerk = () => all().filter((record) => NEEDS_CLERK.includes(record.state));

export async function load() {
  const kept = await records.all();
  known.clear();
  kept.forEach((record) => known.set(record.id, record));
  line.lastSentAt = all().map((record) => record.sent_at).filter(Boolean).sort().at(-1) ?? null;
  await forgetOld();
  tell();
}

async function forgetOld() {
  const now = Date.now(), done = all().filter((record) => ["sent", "discarded"].includes(record.state));
  for (const [place, record] of done.entries()) {
    const age = now - Date.parse(record.sent_at ?? record.made_at);
    if (age > KEEP_MS || place >= KEEP_AT_MOST) await drop(record);
    else if (record.sealed && age > KEEP_SEALED_MS) await keep({ ...record, sealed: null });
  }
}

async function keep(record) {
  await records.put(record);
  known.set(record.id, record);
  others?.postMessage("changed");
}

async function drop(record) {
  await records.remove(record.id);
  known.delete(record.id);
}

// Resolves once the record is on disk; sending goes on by itself.
export async function add(body, shown) {
  const record = {
    id: body.registration_id, made_at: new Date().toISOString(), state: "waiting", tries: 0, shown,
    sealed: await vault.seal(body, body.registration_id),
  };
  await keep(record);
  tell();
  send();
  return record;
}

// What was refused, put right: the same place in the list; `body` may have an id of its own.
export async function replace(id, body, shown) {
  const old = known.get(id);
  if (body.registration_id !== id) await drop(old);
  return add(body, { ...shown, replaces: id });
}

export async function discard(id, reason) {
  await keep({ ...known.get(id), state: "discarded", discarded: reason, sealed: null });
  tell();
  reportWaiting(waiting());
}

export const bodyOf = (id) => vault.open(known.get(id)?.sealed, id);

// Sends what waits, oldest first, one window at a time. Asking again while it runs makes it look again.
export function send() {
  clearTimeout(timer);
  line.nextTryAt = null;
  running = (running ?? Promise.resolve()).then(sendAll, sendAll);
  return running;
}

async function sendAll() {
  if (!session.key || !waiting().length) return tell();
  const work = async () => {
    line.sending = true;
    tell();
    reportWaiting(waiting(), { before: true });
    try {
      for (let record = next(); record; record = next()) {
        if (!(await sendOne(record))) break;
      }
    } finally {
      line.sending = false;
    }
  };
  await (navigator.locks ? navigator.locks.request("counter-send", work) : work());
  plan();
  tell();
  if (!line.trouble) reportWaiting(waiting());
}

const next = () => waiting().find((record) => !(record.not_before > Date.now()));

// False where sending anything now would be in vain.
async function sendOne(record) {
  const stored = await records.get(record.id); // another window may have sent it meanwhile
  if (stored?.state !== "waiting") {
    if (stored) known.set(record.id, stored);
    else known.delete(record.id);
    return true;
  }
  const body = await bodyOf(record.id);
  if (!body) return settle(record, { state: "refused", problem: { status: 0, unreadable: true, errors: [] } });
  const { status, body: answer, retryAfter } = await register(session.key, body);
  if (answer && (status === 200 || status === 201)) {
    touchKey();
    line.lastSentAt = new Date().toISOString();
    const sent = { state: "sent", repeated: status === 200, receipt: answer, sent_at: line.lastSentAt };
    return settle(record, { ...sent, problem: null, twin: twinOf(record, answer)?.id ?? null });
  }
  const problem = { status, detail: answer?.detail ?? "", errors: answer?.errors ?? [] };
  if (status === 409) return settle(record, { state: "conflict", problem });
  if ([400, 403, 413, 422].includes(status)) return settle(record, { state: "refused", problem });
  if (status === 401) return inVain("key", 0);
  if (status === 500) {
    // It may be this record alone that it cannot take: the others go on.
    return settle(record, { tries: record.tries + 1, not_before: Date.now() + pause(record.tries + 1) }, "busy");
  }
  await keep({ ...record, tries: record.tries + 1 });
  return inVain(status === 0 ? "offline" : "busy", retryAfter);
}

async function settle(record, changes, trouble = "") {
  line.trouble = trouble;
  line.failures = 0;
  await keep({ ...record, tries: record.tries + 1, ...changes });
  tell();
  return true;
}

function inVain(trouble, retryAfter) {
  line.trouble = trouble;
  line.failures += 1;
  line.retryAfter = retryAfter;
  return false;
}

// Another record of this counter about the same person and scheme that still stands.
function twinOf(record, receipt) {
  if (record.shown.kind !== "enrolled") return undefined;
  return all().find((other) => other.id !== record.id && other.state === "sent" && !other.voided && other.shown.kind === "enrolled"
    && other.shown.scheme === record.shown.scheme && other.receipt.participant === receipt.participant);
}

// 1, 2, 4 ... 60 s, each shortened by up to a quarter so that the counters of a town do not all come at once.
const pause = (failures) =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1)) * (1 - Math.random() / 4);

function plan() {
  if (line.trouble === "key" || !waiting().length) return;
  const delays = waiting().map((record) => Math.max(0, (record.not_before ?? 0) - Date.now()));
  const delay = Math.max(line.trouble === "offline" || line.trouble === "busy" ? pause(line.failures) : 0,
    line.retryAfter ?? 0, Math.min(...delays), 250);
  line.retryAfter = 0;
  line.nextTryAt = Date.now() + delay;
  timer = setTimeout(send, delay);
}

// Marks a sent record as voided or corrected by another one of this counter.
export async function mark(id, changes) {
  if (known.has(id)) await keep({ ...known.get(id), ...changes });
  tell();
}

// End of shift: nothing of sent records can be opened any more. Returns whether the key itself could be thrown away.
export async function wipeSealed() {
  for (const record of all().filter((one) => one.state === "sent" && one.sealed)) await keep({ ...record, sealed: null });
  if (all().some((record) => record.sealed)) return false;
  await vault.throwAway();
  others?.postMessage("vault");
  return true;
}

others?.addEventListener("message", async ({ data }) => {
  if (data === "vault") vault.forget();
  await load();
});
globalThis.addEventListener("online", () => { line.failures = 0; send(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && waiting().length) send(); });
