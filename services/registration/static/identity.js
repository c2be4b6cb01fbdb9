// The same rules as services/registration/domain/identity.py, to help while typing. The service decides.
const THAI_DIGITS = "๐๑๒๓๔๕๖๗๘๙";

export function normalise(written) {
  return written.replace(/[\s.\-\u2010\u2011\u2013]/g, "").replace(/[๐-๙]/g, (digit) => THAI_DIGITS.indexOf(digit));
}

// "" while too little is typed to say, else the word for what is so: id_good, id_bad or id_old.
export function judged(written, country) {
  const number = normalise(written);
  if (!number) return "";
  if (!/^\d+$/.test(number)) return "id_bad";
  const wanted = country === "TH" ? 13 : 12;
  if (country !== "TH" && number.length === 9) return "id_old";
  if (number.length < wanted) return "";
  if (number.length > wanted) return "id_bad";
  if (country !== "TH") return Number(number[3]) < 4 ? "id_good" : "id_bad";
  const sum = [...number.slice(0, 12)].reduce((total, digit, place) => total + digit * (13 - place), 0);
  return Number(number[12]) === (11 - (sum % 11)) % 10 ? "id_good" : "id_bad";
}
