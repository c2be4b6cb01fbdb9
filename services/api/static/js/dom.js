// Building elements: text is always set as text, never as markup.

export function h(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className += ` ${value}`;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, properties = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(properties)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// A bar of `pct` %. What lies beyond 100 % is drawn in another colour on the same bar, which then stands for `pct`.
export function bar(pct, className = "") {
  const fill = h("i"), over = h("b");
  const known = Math.max(0, pct ?? 0);
  fill.style.setProperty("--part", `${Math.min(known, 100)}%`);
  over.style.setProperty("--over", known > 100 ? `${100 - 10000 / known}%` : "0%");
  if (known <= 100) over.hidden = true;
  return h("div.bar", { class: className, "aria-hidden": "true" }, fill, over);
}

export const byId = (id) => document.getElementById(id);
