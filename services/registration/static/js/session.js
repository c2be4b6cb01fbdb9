// Who works at this counter: its key, office and agent. Office and agent stay on the device.
//
// The key is entered once and never shown again. It is not kept in sessionStorage, which ends with the window: a counter
// that is reopened after a power cut must send what it holds without waiting for somebody who knows the key. It is sealed
// like an identity number (vault.js), and forgotten at the end of the shift or SHIFT_MS after it was last used.

import { settings } from "./store.js";
import * as vault from "./vault.js";

const SHIFT_MS = 12 * 3600_000;
const TOUCH_MS = 60_000;

export const session = { key: "", office: "", officeName: "", region: null, bound: false, agent: "", counter: "", usedAt: 0 };

export async function restore() {
  const kept = await settings.get("device");
  if (kept) Object.assign(session, kept);
  const sealed = await settings.get("key");
  if (!sealed) return;
  if (Date.now() - sealed.usedAt > SHIFT_MS) return void (await settings.remove("key"));
  session.key = (await vault.open(sealed, "key")) ?? "";
}

export async function keepKey(key) {
  session.key = key;
  session.usedAt = Date.now();
  await settings.put("key", { ...(await vault.seal(key, "key")), usedAt: session.usedAt });
}

// Called at each use; writes at most once a minute.
export async function touchKey() {
  if (!session.key || Date.now() - session.usedAt < TOUCH_MS) return;
  await keepKey(session.key);
}

export async function forgetKey() {
  session.key = "";
  await settings.remove("key");
}

export async function keepDevice(changes) {
  Object.assign(session, changes);
  const { office, officeName, region, bound, agent, counter } = session;
  await settings.put("device", { office, officeName, region, bound, agent, counter });
}
