// The pickers of the counter: regions, offices, campaigns, sessions, groups, and names typed before.

import { findOffices, findRegions } from "./service.js";
import { fold, keptChoices, keptRegions, lists, provinceOf } from "./lists.js";
import { Picker } from "./picker.js";
import { session } from "./session.js";
import { dayText, nameOf, say } from "./words.js";

export const regionTitle = (region) => nameOf(region.name);
export const regionDetail = (region) => region.within.map(nameOf).join(", ");
export const regionText = (region) => [regionTitle(region), ...region.within.slice(0, -1).map(nameOf)].join(", ");

export function regionPicker(id, options) {
  return new Picker(id, {
    ...options,
    shown: (region) => ({
      title: regionTitle(region), detail: regionDetail(region), short: regionText(region),
      mark: lists.recent.some((one) => one.id === region.id) ? say("recent") : null,
    }),
    find(text, show, later) {
      const kept = keptRegions(text);
      show(kept);
      if (text.length < 2) return;
      later(async () => {
        const near = provinceOf(session.region);
        const found = await findRegions({ q: text.slice(0, 80), limit: 12, ...(near ? { near } : {}) });
        if (!found) return;
        const ids = new Set(kept.map((region) => region.id));
        const recent = kept.filter((region) => lists.recent.some((one) => one.id === region.id));
        show([...recent, ...found.filter((region) => !recent.some((one) => one.id === region.id)),
          ...kept.filter((region) => ids.has(region.id) && !recent.includes(region) && !found.some((one) => one.id === region.id))].slice(0, 12));
      });
    },
  });
}

export function officePicker(id, options) {
  return new Picker(id, {
    ...options,
    free: true,
    shown: (office) => ({ title: office.name, detail: [office.id, office.region && regionText(office.region)].filter(Boolean).join(" · "), short: office.id }),
    find(text, show, later) {
      later(async () => { const found = await findOffices(text); if (found) show(found); });
    },
  });
}

const choiceTitle = (choice) => choice.name ?? [choice.audience, choice.partner].filter(Boolean).join(" · ") ?? choice.id;

// Campaigns, sessions, groups: the kept list is whole for the province, so the service need not be asked. What is not
// listed may be typed: a session of this morning may not have been sent in yet.
export function choicePicker(id, kind, context) {
  return new Picker(id, {
    ...context,
    free: true,
    shown: (choice) => ({
      title: choiceTitle(choice) || choice.id,
      detail: [choice.id, choice.from && `${dayText(choice.from)} – ${dayText(choice.to)}`, choice.region && regionTitle(choice.region)]
        .filter(Boolean).join(" · "),
      short: choiceTitle(choice) || choice.id,
    }),
    find: (text, show) => show(keptChoices(kind, text, context.region(), context.scheme()).slice(0, 12)),
  });
}

// A free text that offers what was typed before.
export function namePicker(id, field, options = {}) {
  return new Picker(id, {
    ...options,
    free: true,
    shown: (item) => ({ title: item.id }),
    find: (text, show) => show((lists.names[field] ?? []).filter((name) => fold(name).includes(fold(text)) && name !== text).map((name) => ({ id: name }))),
  });
}
