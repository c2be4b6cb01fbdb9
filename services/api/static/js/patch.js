// Bringing what is shown up to date in place: elements that are still wanted stay, so nothing flickers and focus stays.
//
// `data-key` names an element among its siblings; without one, the same tag in the same place is the same element.
// `data-own` leaves the children to whoever fills them. `data-live` lets a changed text light up for a moment.

const still = matchMedia("(prefers-reduced-motion: reduce)");
// What the reader opened stays open, and where the focus went; a style is set property by property, as the policy wants it.
const KEPT = new Set(["style", "open", "tabindex"]);
const keyOf = (node) => node.nodeType === Node.ELEMENT_NODE ? node.dataset.key ?? null : null;
const wantedOf = (children) => [children].flat(Infinity)
  .filter((child) => child !== null && child !== undefined && child !== false && child !== "")
  .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));

export function patch(parent, ...children) {
  const focused = document.activeElement;
  reconcile(parent, wantedOf(children));
  if (focused !== document.activeElement && focused?.isConnected && parent.contains(focused)) focused.focus({ preventScroll: true });
}

function reconcile(parent, wanted) {
  const keyed = new Map();
  for (const child of parent.children) if (keyOf(child)) keyed.set(keyOf(child), child);
  let at = parent.firstChild;
  for (const node of wanted) {
    const key = keyOf(node);
    const old = key ? keyed.get(key) : at && !keyOf(at) ? at : null;
    if (!old || old.nodeName !== node.nodeName) {
      parent.insertBefore(node, at);
      continue;
    }
    if (old === at) at = at.nextSibling;
    else parent.insertBefore(old, at);
    update(old, node);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function update(old, node) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== node.nodeValue) {
      old.nodeValue = node.nodeValue;
      lightUp(old.parentElement?.closest("[data-live]"));
    }
    return;
  }
  for (const { name, value } of [...node.attributes]) {
    if (!KEPT.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!KEPT.has(name) && !node.hasAttribute(name)) old.removeAttribute(name);
  }
  if (old.style.cssText !== node.style.cssText) old.style.cssText = node.style.cssText;
  if (!("own" in old.dataset)) reconcile(old, [...node.childNodes]);
}

function lightUp(element) {
  if (!element || still.matches || document.hidden) return;
  element.animate([{ backgroundColor: "var(--flash)" }, { backgroundColor: "transparent" }], { duration: 1600, easing: "ease-out" });
}
