// Asking the API: JSON by GET, and the live stream read with fetch so that a key can be sent with it.

import { byId } from "./dom.js";

let key = sessionStorage.getItem("read_key");

export class Problem extends Error {
  constructor(body) {
    super(body.detail ?? body.title);
    this.status = body.status;
  }
}

async function ask(path, options = {}) {
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const answer = await fetch(path, { ...options, headers });
  if (answer.status === 401 || answer.status === 403) {
    await askForKey();
    return ask(path, options);
  }
  if (!answer.ok) throw new Problem(await answer.json().catch(() => ({ status: answer.status, title: answer.statusText })));
  return answer;
}

export async function get(path, parameters, signal) {
  return (await ask(`${path}?${new URLSearchParams(parameters)}`, { signal })).json();
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

// Follow a region: `tell(coverage)` with each event, `lost()` whenever the connection breaks; it is tried again.
export function follow(region, scheme, tell, lost) {
  const stop = new AbortController();
  let pause = 500;
  const once = async () => {
    const answer = await ask(`/v1/stream?${new URLSearchParams({ region, scheme })}`, { signal: stop.signal });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      pause = 500;
      text += value;
      const events = text.split("\n\n");
      text = events.pop();
      for (const event of events) {
        const data = event.split("\n").find((line) => line.startsWith("data: "));
        if (data) tell(JSON.parse(data.slice(6)));
      }
    }
  };
  (async () => {
    while (!stop.signal.aborted) {
      await once().catch(() => {});
      if (stop.signal.aborted) return;
      lost();
      await new Promise((resolve) => setTimeout(resolve, pause * (0.75 + Math.random() / 2)));
      pause = Math.min(pause * 2, 15000);
    }
  })();
  return () => stop.abort();
}
