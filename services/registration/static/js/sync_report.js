// Tells the service what this counter still holds, so that a total that lacks it can be explained.

import { newId } from "./new_id.js";
import { reportSync } from "./service.js";
import { keepDevice, session } from "./session.js";

const AGAIN_MS = 5 * 60_000, OLD_MS = 30_000;
let last = { count: -1, at: 0 };

// `before` sending: only where something has waited long; a record that goes straight through is not worth a report.
export async function reportWaiting(waiting, { before = false } = {}) {
  const oldest = waiting[0]?.made_at ?? null;
  if (!session.key || !session.office || !navigator.onLine) return;
  if (before && !(oldest && Date.now() - Date.parse(oldest) > OLD_MS)) return;
  if (waiting.length === last.count && Date.now() - last.at < AGAIN_MS) return;
  last = { count: waiting.length, at: Date.now() };
  await takeName();
  const report = { unsynced_count: waiting.length, oldest_unsynced_at: oldest, counter: session.counter || undefined };
  const { status } = await reportSync(session.key, session.office, report);
  if (status !== 200) last = { count: -1, at: 0 };
}

// A device set up before counters had ids reported without one: what it said then is taken back, or it would count for ever.
async function takeName() {
  if (session.counter) return;
  const { status } = await reportSync(session.key, session.office, { unsynced_count: 0 });
  if (status === 200) await keepDevice({ counter: newId() });
}
