// One stop of the tab key for a whole map or field of tiles; arrow keys go to the nearest place in that direction.
// And a short text beside the pointer, or under what has the focus.

import { byId } from "/static/shared/dom.js";

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const middle = (element) => {
  const box = element.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
};

function nearest(from, others, [dx, dy]) {
  const [x, y] = middle(from);
  let best = null, least = Infinity;
  for (const other of others) {
    const [ox, oy] = middle(other);
    const along = (ox - x) * dx + (oy - y) * dy;
    const aside = Math.abs((ox - x) * dy) + Math.abs((oy - y) * dx);
    const distance = along + 2.5 * aside;
    if (other !== from && along > 1 && distance < least) [best, least] = [other, distance];
  }
  return best;
}

function show(text, x, y) {
  const tip = byId("tip");
  tip.textContent = text;
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.setProperty("left", `${Math.max(8, Math.min(x + 14, innerWidth - width - 8))}px`);
  tip.style.setProperty("top", `${y + height + 24 > innerHeight ? y - height - 12 : y + 16}px`);
}

export function setUpRoving() {
  const hide = () => { byId("tip").hidden = true; };
  document.addEventListener("keydown", (event) => {
    const direction = DIRECTIONS[event.key], group = event.target.closest?.("[data-rove]");
    if (event.key === "Escape") hide();
    if (!direction || !group) return;
    event.preventDefault();
    const next = nearest(event.target.closest("a"), group.querySelectorAll("a"), direction);
    if (!next) return;
    for (const one of group.querySelectorAll('a[tabindex="0"]')) one.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  });
  document.addEventListener("pointermove", (event) => {
    const place = event.pointerType === "touch" ? null : event.target.closest?.("[data-tip]");
    if (place) show(place.dataset.tip, event.clientX, event.clientY);
    else hide();
  });
  document.addEventListener("focusin", (event) => {
    const place = event.target.closest?.("[data-tip]");
    if (place?.matches(":focus-visible")) show(place.dataset.tip, ...middle(place));
    else hide();
  });
  addEventListener("scroll", hide, { passive: true });
}
