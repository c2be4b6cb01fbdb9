// The line to the service, always in sight: what waits, since when, when it was last sent, and what stands in the way.

import { byId, h, put } from "/static/shared/dom.js";
import * as queue from "./queue.js";
import { openSetup } from "./setup.js";
import { session } from "./session.js";
import { ago, clock, number, say } from "./words.js";

let refresh = () => {};

export function setUpLine(changed) {
  refresh = changed;
  queue.onChange(drawLine);
  for (const name of ["online", "offline"]) addEventListener(name, drawLine);
  setInterval(drawLine, 1000);
  drawLine();
}

let drawn = "";
export function drawLine() {
  const { line } = queue, count = queue.waiting().length, oldest = queue.waiting()[0];
  const offline = !navigator.onLine || line.trouble === "offline";
  const needsKey = !session.key || line.trouble === "key";
  const state = needsKey ? "key" : offline ? "offline" : count && line.trouble ? "busy" : count ? "sending" : "good";
  const parts = [say(`line_${state}`, { n: number(count) })];
  if (count) parts.push(say("line_waiting", { n: number(count), age: ago(oldest.made_at) }));
  if (line.lastSentAt) parts.push(say("line_last", { time: clock(line.lastSentAt) }));
  const next = count && line.nextTryAt && !needsKey ? Math.max(0, Math.round((line.nextTryAt - Date.now()) / 1000)) : 0;
  const shown = JSON.stringify([state, parts, count, next]);
  if (shown === drawn) return;
  drawn = shown;
  byId("line").className = `line ${state}`;
  put(byId("line"), h("i", { "aria-hidden": "true" }), h("span.line-text", {}, ...parts.map((text) => h("span", {}, text))),
    needsKey ? h("button.quiet.small", { type: "button", id: "enter-key", onclick: () => openSetup(refresh) }, say("enter_key"))
      : count && !line.sending ? h("button.quiet.small", { type: "button", id: "send-now", onclick: () => queue.send() }, say("send_now"),
        next > 1 ? h("span.soft", { "aria-hidden": "true" }, ` ${next} s`) : null) : null);
  document.title = count ? `(${count}) ${say("title")}` : say("title");
}
