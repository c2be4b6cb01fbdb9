import { judged, normalise } from "./identity.js";
import { WORDS } from "./words.js";

const SCHEMES = ["voluntary_si", "health", "compulsory_si", "unemployment", "section40"];
const KINDS = ["enrolled", "renewed", "withdrawn", "transferred"];
const FIELDS = ["key", "scheme", "kind", "region", "national_id", "birth_year", "sex", "agent"];
const $ = (id) => document.getElementById(id);
const state = { language: localStorage.getItem("language") || "vi", region: null, pending: null, found: [], at: -1 };
const word = (name) => WORDS[state.language][name] || name;

function element(tag, text, name) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

function choices(id, values) {
  const kept = $(id).value;
  $(id).replaceChildren(...values.map((value) => new Option(word(value || "any"), value)));
  $(id).value = values.includes(kept) ? kept : values[0];
}

function speak(language) {
  state.language = language;
  localStorage.setItem("language", language);
  document.documentElement.lang = language;
  document.querySelectorAll("[data-word]").forEach((part) => { part.textContent = word(part.dataset.word); });
  document.querySelectorAll("[data-language]").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  });
  choices("scheme", SCHEMES);
  choices("kind", KINDS);
  choices("sex", ["", "F", "M", "X"]);
  if (state.region) $("region-text").value = regionName(state.region);
  hint();
}

const named = (name) => name[state.language] || name.en;
const regionName = (region) => [region.name, ...region.within].map(named).join(", ");

function hint() {
  const verdict = judged($("national_id").value, state.region?.country);
  const shown = $("national_id-hint");
  shown.textContent = word(verdict || (state.region?.country === "TH" ? "id_th" : "id_vn"));
  shown.className = verdict === "id_good" ? "good" : verdict ? "error" : "";
}

let asked = 0;
async function suggest() {
  state.region = null;
  const text = $("region-text").value.trim();
  const number = ++asked;
  if (text.length < 2) return list([]);
  const answer = await fetch(`/v1/regions?limit=12&q=${encodeURIComponent(text.slice(0, 80))}`).catch(() => null);
  if (number === asked && answer?.ok) list(await answer.json());
}

function list(found) {
  state.found = found;
  state.at = -1;
  $("region-list").replaceChildren(...found.map((region, place) => {
    const item = element("li", `${named(region.name)} `);
    item.id = `region-${place}`;
    item.setAttribute("role", "option");
    item.append(element("span", region.within.map(named).join(", ")));
    item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(region); });
    return item;
  }));
  show(found.length > 0);
}

function show(open) {
  $("region-list").hidden = !open;
  $("region-text").setAttribute("aria-expanded", String(open));
}

function choose(region) {
  asked += 1;
  state.region = region;
  $("region-text").value = regionName(region);
  complain("region", "");
  show(false);
  hint();
}

function walk(event) {
  if (event.key === "Escape") return show(false);
  if (event.key === "Enter" && state.at >= 0 && !$("region-list").hidden) {
    event.preventDefault();
    return choose(state.found[state.at]);
  }
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || !state.found.length) return undefined;
  event.preventDefault();
  state.at = (state.at + (event.key === "ArrowDown" ? 1 : -1) + state.found.length) % state.found.length;
  [...$("region-list").children].forEach((item, place) => {
    item.setAttribute("aria-selected", String(place === state.at));
    if (place === state.at) item.scrollIntoView({ block: "nearest" });
  });
  $("region-text").setAttribute("aria-activedescendant", `region-${state.at}`);
  return undefined;
}

function complain(field, message) {
  const input = $(field === "region" ? "region-text" : field);
  $(`${field}-error`).textContent = message;
  input.setAttribute("aria-invalid", String(Boolean(message)));
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function written() {
  const body = {
    kind: $("kind").value, scheme: $("scheme").value, region: state.region.id, country: state.region.country,
    national_id: normalise($("national_id").value), channel: "counter",
  };
  if ($("birth_year").value.trim()) body.birth_year = Number($("birth_year").value.trim());
  if ($("sex").value) body.sex = $("sex").value;
  if ($("agent").value.trim()) body.agent = $("agent").value.trim();
  return body;
}

function checked() {
  const wrong = {
    key: $("key").value.trim() ? "" : word("required"),
    region: state.region ? "" : word("pick_region"),
    national_id: $("national_id").value.trim() ? "" : word("required"),
  };
  FIELDS.forEach((field) => complain(field, wrong[field] || ""));
  const first = FIELDS.find((field) => wrong[field]);
  if (first) $(first === "region" ? "region-text" : first).focus();
  return !first;
}

async function send(event) {
  event.preventDefault();
  if (!checked() || $("send").disabled) return;
  sessionStorage.setItem("key", $("key").value.trim());
  const content = JSON.stringify(written());
  // The same content sent again keeps its id and time, so that it counts once however often the button is pressed.
  if (state.pending?.content !== content) {
    state.pending = { content, registration_id: newId(), occurred_at: new Date().toISOString() };
  }
  const { registration_id, occurred_at } = state.pending;
  $("send").disabled = true;
  $("send").textContent = word("sending");
  try {
    const answer = await fetch("/v1/registrations", {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${$("key").value.trim()}` },
      body: JSON.stringify({ ...JSON.parse(content), registration_id, occurred_at }),
    });
    conclude(answer, await answer.json());
  } catch {
    tell(true, word("again"), {});
  } finally {
    $("send").disabled = false;
    $("send").textContent = word("send");
  }
}

function conclude(answer, body) {
  if (answer.ok) {
    tell(false, word(answer.status === 201 ? "accepted" : "repeated"), {
      receipt: body.registration_id, person: body.participant, at: new Date(body.received_at).toLocaleString(state.language),
    });
    state.pending = null;
    ["national_id", "birth_year"].forEach((field) => { $(field).value = ""; });
    $("sex").value = "";
    hint();
    $("national_id").focus();
    return;
  }
  const named = (body.errors || []).filter((error) => FIELDS.includes(error.field));
  named.forEach((error) => complain(error.field, error.message));
  if (answer.status === 401) complain("key", body.detail);
  if (answer.status === 422) state.pending = null;
  tell(true, answer.status === 503 || answer.status === 429 ? word("again") : word("refused"), {}, body.detail);
}

function tell(bad, title, facts, detail) {
  const box = element("div", "", bad ? "box bad" : "box");
  box.append(element("strong", title));
  if (detail) box.append(element("p", detail));
  const terms = element("dl", "");
  Object.entries(facts).forEach(([name, value]) => terms.append(element("dt", word(name)), element("dd", value)));
  box.append(terms);
  $("answer").replaceChildren(box);
}

document.querySelectorAll("[data-language]").forEach((button) => {
  button.addEventListener("click", () => speak(button.dataset.language));
});
let waiting;
$("region-text").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(suggest, 120); });
$("region-text").addEventListener("keydown", walk);
$("region-text").addEventListener("blur", () => show(false));
$("national_id").addEventListener("input", hint);
$("form").addEventListener("submit", send);
$("key").value = sessionStorage.getItem("key") || "";
speak(WORDS[state.language] ? state.language : "vi");
