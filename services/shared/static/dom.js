// Building elements: text is always set as text, never as markup.

const wanted = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

function fill(element, properties, children) {
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.classList.add(...value.split(" ").filter(Boolean));
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...wanted(children));
  return element;
}

// h("p.small", { id: "x", onclick: f }, "text", child): an element with classes, attributes, listeners and children.
export function h(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.classList.add(...classes);
  return fill(element, properties, children);
}

// Puts these children, and no others, into an element; null and false are left out.
export const put = (element, ...children) => element.replaceChildren(...wanted(children));

const SVG = "http://www.w3.org/2000/svg";

export const svg = (tag, properties = {}, ...children) => fill(document.createElementNS(SVG, tag), properties, children);

export const byId = (id) => document.getElementById(id);
