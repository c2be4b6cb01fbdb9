// Seals what must not lie readable on the device: identity numbers (with year of birth and sex) of records, and the
// counter's key to the service. AES-GCM with 256 bits, a fresh nonce each time, the record's id as additional data.
//
// Threat model. The CryptoKey is kept in IndexedDB beside what it seals, so that a page that was closed, or a computer
// that lost power, can still send what it holds without asking anybody. It is not extractable: no script, no debugger
// console and no copy of the values can read it out, so numbers are in no dump, export, synchronised profile value or
// support screenshot of the database, and nobody who looks over the stored records sees one. It does not protect against
// somebody who takes the whole browser profile and has the means to run it or to parse the browser's key store, nor
// against a program that runs as the clerk: for these there are disk encryption, accounts of one's own, and keeping little for
// a short time. Hence: sealed bodies are wiped KEEP_SEALED_MS after their receipt, "end of shift" wipes them at once, and
// when nothing waits any more the key itself is thrown away, which makes every forgotten copy unreadable.

import { settings } from "./store.js";

const encoder = new TextEncoder(), decoder = new TextDecoder();
let key = null;

// WebCrypto and service workers exist on https:// and on localhost only.
export const available = () => Boolean(globalThis.isSecureContext && crypto.subtle && globalThis.indexedDB);

async function theKey() {
  if (key) return key;
  const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  key = await settings.keepFirst("vault", fresh); // another window of this counter may have made it meanwhile
  return key;
}

export async function seal(value, name) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: encoder.encode(name) }, await theKey(), encoder.encode(JSON.stringify(value)),
  );
  return { iv, data };
}

// What was sealed under this name; null where the key was thrown away since.
export async function open(sealed, name) {
  if (!sealed) return null;
  const { iv, data } = sealed;
  try {
    const algorithm = { name: "AES-GCM", iv, additionalData: encoder.encode(name) };
    return JSON.parse(decoder.decode(await crypto.subtle.decrypt(algorithm, await theKey(), data)));
  } catch (error) {
    if (error.name === "OperationError") return null;
    throw error;
  }
}

export async function throwAway() {
  key = null;
  await settings.remove("vault");
}

// Another window threw it away.
export const forget = () => { key = null; };
