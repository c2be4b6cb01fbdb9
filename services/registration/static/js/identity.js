// National identity numbers as they are typed or scanned: the rules of services/registration/domain/identity.py, to help
// before anything is sent. The service decides.

import { TH_PLACES, VN_PLACES } from "./places.js";

const THAI_DIGITS = "๐๑๒๓๔๕๖๗๘๙";
export const LENGTH = { VN: 12, TH: 13 };

export const normalise = (written) =>
  written.replace(/[\s.\-\u2010\u2011\u2013]/g, "").replace(/[๐-๙]/g, (digit) => THAI_DIGITS.indexOf(digit));

export function thaiCheckDigit(twelve) {
  const sum = [...twelve].reduce((total, digit, place) => total + Number(digit) * (13 - place), 0);
  return (11 - (sum % 11)) % 10;
}

// Whose number this is: by its length once that is plain, else the counter's own country.
export function countryOf(number, home) {
  if (number.length === 13 && thaiCheckDigit(number.slice(0, 12)) === Number(number[12])) return "TH";
  return home;
}

// What is known of a number that may be half typed. `verdict`: "" (go on typing), "good", or the word for what is wrong;
// `parts`: its groups in order, {text, label, value}; `birthYear` and `sex` where it says them (Vietnam).
export function read(written, home) {
  const number = normalise(written);
  const country = countryOf(number, home);
  const wanted = LENGTH[country];
  if (number && !/^\d+$/.test(number)) return { number, country, wanted, verdict: "id_letters", parts: [] };
  const found = country === "TH" ? readThai(number) : readVietnamese(number);
  const long = number.length > wanted ? "id_long" : "";
  return { number, country, wanted, ...found, verdict: long || found.wrong || (number.length === wanted ? "good" : "") };
}

function readVietnamese(number) {
  const [place, century, year, serial] = [number.slice(0, 3), number.slice(3, 4), number.slice(4, 6), number.slice(6, 12)];
  const parts = [];
  let wrong = "", birthYear, sex;
  if (place) parts.push({ text: place, label: "part_place", value: VN_PLACES[place] ?? (place.length === 3 ? "?" : "") });
  if (place.length === 3 && !VN_PLACES[place]) wrong = "id_place";
  if (century) {
    sex = Number(century) % 2 ? "F" : "M";
    parts.push({ text: century, label: "part_sex", value: sex, century: 19 + Math.floor(Number(century) / 2) });
    if (Number(century) > 3) wrong ||= "id_century";
  }
  if (year) {
    if (year.length === 2) birthYear = 1900 + 100 * Math.floor(Number(century) / 2) + Number(year);
    if (birthYear > new Date().getFullYear()) wrong ||= "id_future";
    parts.push({ text: year, label: "part_year", value: birthYear ?? "" });
  }
  if (serial) parts.push({ text: serial, label: "part_serial", value: "" });
  return wrong ? { parts, wrong } : { parts, wrong, birthYear, sex };
}

function readThai(number) {
  const parts = [];
  let wrong = "";
  const type = number.slice(0, 1), office = number.slice(1, 5), group = number.slice(5, 10), check = number.slice(12, 13);
  if (type) parts.push({ text: type, label: "part_type", value: "" });
  if (office) parts.push({ text: office, label: "part_place", value: TH_PLACES[office.slice(0, 2)] ?? "" });
  if (group) parts.push({ text: group, label: "part_group", value: "" });
  if (number.length > 10) parts.push({ text: number.slice(10, 12), label: "part_serial", value: "" });
  if (check) {
    const fits = thaiCheckDigit(number.slice(0, 12)) === Number(check);
    if (!fits) wrong = "id_check";
    parts.push({ text: check, label: "part_check", value: fits ? "✓" : "✗" });
  }
  return { parts, wrong };
}

// In groups, as on the card.
export function grouped(number, country) {
  const cuts = country === "TH" ? [1, 4, 5, 2, 1] : [3, 1, 2, 6];
  let at = 0;
  return cuts.map((size) => number.slice(at, (at += size))).filter(Boolean).join(" ");
}

// The last three digits are enough to tell two records of a morning apart, and too few to tell who it is.
export const masked = (number) => `${"•".repeat(Math.max(0, number.length - 3))}${number.slice(-3)}`;

// The code on a Vietnamese card: `id|old id|name|ddmmyyyy|sex|address|issued`. The year and the sex are taken, and
// nothing else: name, address and the old number are never put anywhere.
export function fromCard(text) {
  const [, , , born = "", sex = ""] = text.split("|");
  return {
    birthYear: /^\d{8}$/.test(born.trim()) ? Number(born.trim().slice(4)) : undefined,
    sex: { nam: "M", "nữ": "F", nu: "F" }[sex.trim().normalize("NFC").toLowerCase()],
    complete: text.split("|").length > 5,
  };
}

// 2528 of the Buddhist era is 1985.
export const commonEra = (year) => (year >= 2400 && year < 2700 ? year - 543 : year);
