// The drawer behind a number. The address says what of: `explain=coverage`, `explain=participants@VN.91` of another place,
// `explain=coverage@VN.91/health` in another scheme, `explain=new_7d@office:POST-1` of an office, `explain=cost@outreach:` of all outreach here.

import { byId, h } from "/static/shared/dom.js";
import { link, view } from "./address.js";
import { get } from "./api.js";
import { answer, counted, division, recordsOf, section } from "./explain_region.js";
import { accountOf, drawAccount } from "./explain_work.js";
import { patch } from "./patch.js";
import { age, moment, nameOf, say } from "./words.js";

let told = null; // how what is shown is drawn, again in another language; until it is counted with the coverage on the page

const head = (above, title) => h("header", { "data-key": "head" }, h("p.soft.small", {}, above), h("h2", { id: "explain-title" }, title));

function foot(of, ...links) {
  const fresh = of.freshness_ms === null || view.date ? "" : ` · ${say("counted_up_to", { age: age(of.freshness_ms) })}`;
  return h("footer.soft.small", { "data-key": "foot" }, h("p", {}, say("as_of", { time: moment(of.as_of) }), fresh),
    links.filter(([href]) => href).map(([href, text]) => h("p", {}, h("a", { href, target: "_blank", rel: "noopener" }, text))));
}

function drawRegion(what, x) {
  const c = x.coverage;
  const [title, first] = answer(what, x);
  return [
    head(`${nameOf(c.region)} · ${say(c.scheme)}`, title), first,
    section("division", say("coverage"), division(c)),
    x.chain ? counted(x) : h("p.soft.counting", { "data-key": "counting", role: "status" }, say("x_counting")),
    foot(c, [x.events && recordsOf(what, x), say("x_events")]),
  ];
}

function drawWork(account) {
  const [above, title, body, links] = drawAccount(account);
  return [head(above, title), body, foot(account.page, ...links)];
}

function notYet(text) {
  const dialog = byId("explain");
  patch(byId("explain-body"), h("header", { "data-key": "head" }, h("h2", { id: "explain-title" }, text)));
  if (!dialog.open) dialog.showModal();
}

function tell(asked, draw) {
  if (view.explain !== asked) return;
  told = { asked, draw };
  showExplanation();
}

export function showExplanation() {
  if (!told) return;
  const dialog = byId("explain");
  patch(byId("explain-body"), told.draw());
  if (!dialog.open) dialog.showModal();
}

// Open what the address asks for. `held`: what is on the page.
export async function explain(held) {
  const dialog = byId("explain"), asked = view.explain;
  if (!asked) {
    told = null;
    if (dialog.open) dialog.close();
    return;
  }
  const [what, of] = asked.split("@");
  if (told?.asked !== asked) {
    told = null;
    if (!of && held.coverage) tell(asked, () => drawRegion(what, { coverage: held.coverage }));
    else notYet(say("x_counting"));
  }
  try {
    if (of?.includes(":")) {
      await accountOf(what, of, held, (account) => tell(asked, () => drawWork(account)));
      return;
    }
    const [region, scheme = view.scheme] = (of ?? view.region).split("/");
    if (of) {
      const coverage = await get("/v1/coverage", { region, scheme, date: view.date });
      tell(asked, () => drawRegion(what, { coverage }));
    }
    const x = await get(`/v1/coverage/${encodeURIComponent(region)}/${scheme}/explain`, { date: view.date });
    tell(asked, () => drawRegion(what, x));
  } catch (error) {
    if (view.explain === asked) notYet(say("trouble", { why: error.message }));
  }
}

export function setUpExplain(go) {
  document.addEventListener("click", (event) => {
    const figure = event.target.closest("[data-explain]");
    if (figure) go(link({ explain: figure.dataset.explain + (figure.dataset.of ? `@${figure.dataset.of}` : "") }));
  });
  const dialog = byId("explain");
  dialog.addEventListener("close", () => view.explain && go(link({ explain: null })));
  dialog.addEventListener("click", (event) => (event.target === dialog || event.target.closest("[data-close]")) && dialog.close());
}
