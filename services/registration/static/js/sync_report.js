// Tells the service what this counter still holds, so that a total that lacks it can be explained.

import { reportSync } from "./service.js";
import { session } from "./session.js";

const AGAIN_MS = 5 * 60_000, OLD_MS = 30_000;
let last = { count: -1, at: 0 };

// `before` sending: only where something has waited long; a record that goes straight through is not worth a report.
export async function reportWaiting(waiting, { before = false } = {}) {
  const oldest = waiting[0]?.made_at ?? null;
  if (!session.key || !session.office || !navigator.onLine) return;
  if (before && !(oldest && Date.now() - Date.parse(oldest) > OLD_MS)) return;
  if (waiting.length === last.count && Date.now() - last.at < AGAIN_MS) return;
  last = { count: waiting.length, at: Date.now() };
  const { status } = await reportSync(session.key, session.office, { unsynced_count: waiting.length, oldest_unsynced_at: oldest });
  if (status !== 200) last = { count: -1, at: 0 };
}
