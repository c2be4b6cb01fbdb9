// What the service refuses, in the clerk's words: by the `code` of each error, else by its field. What neither knows is told
// with the service's own sentence.

import { say } from "./words.js";

const BY_CODE = {
  not_digits: "id_letters", wrong_length: "id_length", check_digit: "id_check", old_number: "id_old", unknown_place: "id_place", unborn: "id_century",
  unknown_region: "said_unknown_region", not_on_that_day: "wrong_region", in_the_future: "said_future", timezone_aware: "said_no_zone",
  holds_identity: "said_holds_identity", other_office: "advice_office", id_taken: "advice_conflict", missing: "required",
  enum: "said_not_offered", literal_error: "said_not_offered", greater_than_equal: "said_out_of_range", less_than_equal: "said_out_of_range",
  int_parsing: "said_no_number", string_too_long: "said_too_long", string_too_short: "id_short", string_pattern_mismatch: "said_bad_sign",
  uuid_parsing: "said_no_uuid", unreadable: "said_unreadable", send_again: "upload_broken",
};
const WHOLE = ["row", "body", "registration_id", "office"]; // these say by themselves what they are about

// One {field, code, message} in a sentence.
export function told({ field, code, message }) {
  const word = BY_CODE[code];
  if (word) return WHOLE.includes(field) || word.startsWith("wrong_") ? say(word) : `${say(field)}: ${say(word)}`;
  const wrong = say(`wrong_${field}`);
  return wrong.startsWith("wrong_") ? `${say(field)}: ${message}` : `${wrong} (${message})`;
}
