// Asking the API: JSON by GET, and the live stream read with fetch so that a key can be sent with it.

import { byId } from "/static/shared/dom.js";

const SILENT_MS = 20000; // the server says something every 3 s
const FIRST_PAUSE_MS = 500, LONGEST_PAUSE_MS = 8000;

let key = sessionStorage.getItem("read_key");
export const hasKey = () => Boolean(key);

export class Problem extends Error {
  constructor(body) {
    super(body.detail ?? body.title);
    this.status = body.status;
  }
}

export async function ask(path, options = {}) {
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const answer = await fetch(path, { ...options, headers });
  if (answer.status === 401 || answer.status === 403) {
    await askForKey();
    return ask(path, options);
  }
  if (!answer.ok) throw new Problem(await answer.json().catch(() => ({ status: answer.status, title: answer.statusText })));
  return answer;
}

export async function get(path, parameters = {}, signal = undefined) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined);
  return (await ask(`${path}?${new URLSearchParams(given)}`, { signal })).json();
}

// A link cannot carry a key: where one is needed the file is fetched and handed over.
export async function download(href) {
  const answer = await ask(href);
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "export";
  const url = URL.createObjectURL(await answer.blob());
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}

let asking = null;
function askForKey() {
  asking ??= new Promise((resolve) => {
    const dialog = byId("key-dialog");
    dialog.addEventListener("close", () => {
      key = byId("key-text").value.trim();
      sessionStorage.setItem("read_key", key);
      asking = null;
      resolve();
    }, { once: true });
    dialog.showModal();
  });
  return asking;
}

// Follow a region: `coverage(body)` and `freshness(body)` with each event of that name, `heard()` with any sign of life,
// `lost()` when the connection breaks or falls silent. It is opened again with growing pauses, and at once when the network comes back.
export function follow(region, scheme, { heard, lost, ...hear }) {
  const stop = new AbortController();
  let pause = FIRST_PAUSE_MS;
  const once = async () => {
    const line = new AbortController();
    let watchdog = setTimeout(() => line.abort(), SILENT_MS);
    const path = `/v1/stream?${new URLSearchParams({ region, scheme })}`;
    try {
      const answer = await ask(path, { signal: AbortSignal.any([stop.signal, line.signal]) });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(watchdog);
        watchdog = setTimeout(() => line.abort(), SILENT_MS);
        pause = FIRST_PAUSE_MS;
        heard();
        text += value;
        const events = text.split("\n\n");
        text = events.pop();
        for (const event of events) {
          const { event: name, data } = Object.fromEntries(event.split("\n").map((line) => line.split(/: (.*)/)));
          if (data) hear[name]?.(JSON.parse(data));
        }
      }
    } finally {
      clearTimeout(watchdog);
      line.abort();
    }
  };
  const online = () => new Promise((resolve) => addEventListener("online", resolve, { once: true, signal: stop.signal }));
  const paused = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  (async () => {
    while (!stop.signal.aborted) {
      await once().catch(() => {});
      if (stop.signal.aborted) return;
      lost();
      await Promise.race([online(), paused(pause * (0.75 + Math.random() / 2))]);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  })();
  return () => stop.abort();
}
