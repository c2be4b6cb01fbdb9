// The words of the page in Vietnamese, Thai and English.

const WORDS = {
  product: ["Độ bao phủ bảo hiểm", "ความครอบคลุมประกันสังคม", "Insurance coverage"],
  skip: ["Đến nội dung", "ข้ามไปยังเนื้อหา", "Skip to content"],
  search: ["Tìm địa phương…", "ค้นหาพื้นที่…", "Find a place…"],
  language: ["Ngôn ngữ", "ภาษา", "Language"],
  theme: ["Nền sáng hoặc tối", "โหมดสว่างหรือมืด", "Light or dark"],
  path: ["Vị trí", "ตำแหน่ง", "Where you are"],
  schemes: ["Loại hình bảo hiểm", "ประเภทการประกัน", "Insurance scheme"],
  api: ["Dữ liệu mở (API)", "ข้อมูล (API)", "The data (API)"],
  key_needed: ["Cần khóa để xem số liệu", "ต้องใช้คีย์เพื่อดูข้อมูล", "A key is needed to see the figures"],
  key: ["Khóa", "คีย์", "Key"],
  open: ["Mở", "เปิด", "Open"],
  covered: ["đã tham gia", "ครอบคลุมแล้ว", "covered"],
  participants: ["người tham gia", "ผู้ประกันตน", "participants"],
  people_col: ["Người tham gia", "ผู้ประกันตน", "Participants"],
  coverage: ["Độ bao phủ", "ความครอบคลุม", "Coverage"],
  of_eligible: ["{n} trên {e} người thuộc diện tham gia", "{n} จากผู้มีสิทธิ {e} คน", "{n} of {e} eligible people"],
  denominator: ["Mẫu số: {year}, {source}", "ฐานประชากร: {year}, {source}", "Eligible population: {year}, {source}"],
  no_denominator: ["Chưa có số người thuộc diện tham gia", "ยังไม่มีจำนวนผู้มีสิทธิ", "No eligible population is known"],
  baseline_own: ["Tính từ số chính thức {count} ({date}, {source}) và thay đổi sau đó", "นับจากยอดทางการ {count} ({date}, {source}) และการเปลี่ยนแปลงหลังจากนั้น", "Official count {count} ({date}, {source}) plus the changes since"],
  baseline_children: ["Tính từ tổng số chính thức {count} của cấp dưới và thay đổi sau đó", "นับจากผลรวมยอดทางการ {count} ของพื้นที่ย่อย และการเปลี่ยนแปลงหลังจากนั้น", "Official counts of the places below, {count} in all, plus the changes since"],
  unattributed: ["Trong đó {n} người chưa phân về cấp dưới", "ในจำนวนนี้ {n} คนยังไม่แยกตามพื้นที่ย่อย", "{n} of them are not attributed to a place below"],
  by_record: ["{n} người theo hồ sơ đăng ký", "{n} คนตามบันทึกการลงทะเบียน", "{n} people by registration record"],
  new_people: ["Người mới tham gia", "ผู้ขึ้นทะเบียนใหม่", "New participants"],
  "1h": ["1 giờ qua", "1 ชั่วโมง", "Last hour"],
  "24h": ["24 giờ qua", "24 ชั่วโมง", "Last 24 hours"],
  "7d": ["7 ngày qua", "7 วัน", "Last 7 days"],
  "30d": ["30 ngày qua", "30 วัน", "Last 30 days"],
  new_24h: ["Mới 24 giờ", "ใหม่ 24 ชม.", "New 24 h"],
  new_7d: ["Mới 7 ngày", "ใหม่ 7 วัน", "New 7 d"],
  new_30d: ["Mới 30 ngày", "ใหม่ 30 วัน", "New 30 d"],
  n_left: ["{n} người rời", "ออก {n} คน", "{n} left"],
  yoy: ["so với {n} người ngày {date}", "เทียบกับ {n} คน เมื่อ {date}", "on {n} people on {date}"],
  trend: ["Mới mỗi ngày, 30 ngày qua", "ใหม่รายวัน 30 วันที่ผ่านมา", "New per day, last 30 days"],
  trend_said: ["{n} người mới, nhiều nhất {max} trong một ngày", "ใหม่ {n} คน สูงสุด {max} คนต่อวัน", "{n} new people, at most {max} in a day"],
  today: ["hôm nay", "วันนี้", "today"],
  plan_new: ["Chỉ tiêu {n} người mới", "เป้าหมายผู้ขึ้นทะเบียนใหม่ {n} คน", "Plan: {n} new participants"],
  plan_people: ["Chỉ tiêu {n} người tham gia", "เป้าหมายผู้ประกันตน {n} คน", "Plan: {n} participants"],
  plan_pct: ["Chỉ tiêu bao phủ {n}", "เป้าหมายครอบคลุม {n}", "Plan: {n} coverage"],
  achieved: ["{n} đã đạt", "ทำได้ {n}", "{n} achieved"],
  window: ["{from} – {to}", "{from} – {to}", "{from} – {to}"],
  still: ["Còn {n} người, mỗi ngày cần {d}", "เหลือ {n} คน ต้องได้วันละ {d}", "{n} people to go, {d} a day needed"],
  points: ["{n} điểm %", "{n} จุดร้อยละ", "{n} percentage points"],
  missing: ["Thiếu {n} người", "ขาด {n} คน", "{n} people short"],
  expected: ["Với nhịp độ này sẽ đạt vào {date}", "ด้วยอัตรานี้จะถึงเป้าเมื่อ {date}", "At this pace it is reached on {date}"],
  milestone: ["Mốc {pct} đến {date}: {state}", "หมุดหมาย {pct} ภายใน {date}: {state}", "Milestone {pct} by {date}: {state}"],
  each: ["{met} trên {n} nơi đã đạt", "บรรลุแล้ว {met} จาก {n} แห่ง", "{met} of {n} places have met it"],
  met: ["Đạt", "บรรลุ", "Met"],
  on_track: ["Đúng tiến độ", "ตามแผน", "On track"],
  behind: ["Chậm", "ล่าช้า", "Behind"],
  missed: ["Không đạt", "ไม่บรรลุ", "Missed"],
  not_started: ["Chưa bắt đầu", "ยังไม่เริ่ม", "Not started"],
  unknown: ["Chưa rõ", "ไม่ทราบ", "Unknown"],
  ahead: ["đạt sớm", "บรรลุก่อนกำหนด", "reached early"],
  m_open: ["chưa tới hạn", "ยังไม่ถึงกำหนด", "still open"],
  m_met: ["đạt", "บรรลุ", "met"],
  m_missed: ["không đạt", "ไม่บรรลุ", "missed"],
  places: ["Các địa phương trực thuộc", "พื้นที่ย่อย", "Places below"],
  place: ["Địa phương", "พื้นที่", "Place"],
  show_all: ["Xem cả {n}", "แสดงทั้งหมด {n}", "Show all {n}"],
  at_itself: ["Ghi nhận trực tiếp tại đây: {n} người", "บันทึกไว้ที่นี่โดยตรง: {n} คน", "Recorded at this place itself: {n} people"],
  until: ["đến {date}", "ถึง {date}", "until {date}"],
  live: ["Trực tiếp, đã tính đến {age} trước", "สด นับถึง {age} ที่แล้ว", "Live, counted up to {age} ago"],
  stale: ["Chậm: đã tính đến {age} trước", "ล่าช้า นับถึง {age} ที่แล้ว", "Delayed: counted up to {age} ago"],
  lost: ["Mất kết nối, đang thử lại", "ขาดการเชื่อมต่อ กำลังลองใหม่", "Connection lost, trying again"],
  connecting: ["Đang kết nối…", "กำลังเชื่อมต่อ…", "Connecting…"],
  nothing_counted: ["Chưa có gì được tính", "ยังไม่มีข้อมูลที่นับ", "Nothing is counted yet"],
  as_of: ["Số liệu lúc {time}", "ข้อมูล ณ {time}", "Figures as of {time}"],
  no_region: ["Không có địa phương này", "ไม่พบพื้นที่นี้", "There is no such place"],
  trouble: ["Chưa lấy được số liệu: {why}", "ยังดึงข้อมูลไม่ได้: {why}", "The figures cannot be had: {why}"],
  nothing_found: ["Không tìm thấy", "ไม่พบ", "Nothing found"],
  country: ["Quốc gia", "ประเทศ", "Country"],
  province: ["Tỉnh", "จังหวัด", "Province"],
  district: ["Huyện", "อำเภอ", "District"],
  commune: ["Xã", "ตำบล", "Commune"],
  village: ["Thôn", "หมู่บ้าน", "Village"],
  group: ["Nhóm", "กลุ่ม", "Group"],
  compulsory_si: ["BHXH bắt buộc", "ประกันสังคมภาคบังคับ", "Compulsory social insurance"],
  voluntary_si: ["BHXH tự nguyện", "ประกันสังคมภาคสมัครใจ", "Voluntary social insurance"],
  unemployment: ["BH thất nghiệp", "ประกันการว่างงาน", "Unemployment insurance"],
  health: ["BHYT", "ประกันสุขภาพ", "Health insurance"],
  section40: ["Điều 40 (Thái Lan)", "มาตรา 40", "Section 40"],
  social_insurance: ["BHXH (bắt buộc và tự nguyện)", "ประกันสังคมทั้งหมด", "Social insurance (all)"],
};

export const LANGUAGES = ["vi", "th", "en"];
const LOCALES = { vi: "vi-VN", th: "th-TH", en: "en-GB" };
let language = "vi";

export function setLanguage(wanted) {
  language = LANGUAGES.includes(wanted) ? wanted : "vi";
  document.documentElement.lang = language;
}

export const currentLanguage = () => language;

// A word with its {places} filled.
export function say(key, values = {}) {
  const text = WORDS[key]?.[LANGUAGES.indexOf(language)] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export const nameOf = (region) => region.name[language] || region.name.en;

const formats = new Map();
function format(kind, make) {
  const key = `${language}/${kind}`;
  if (!formats.has(key)) formats.set(key, make(LOCALES[language]));
  return formats.get(key);
}

export const number = (n) => format("number", (l) => new Intl.NumberFormat(l, { maximumFractionDigits: 2 })).format(n);

export const percent = (n) =>
  format("percent", (l) => new Intl.NumberFormat(l, { style: "percent", minimumFractionDigits: 2 })).format(n / 100);

export const shortPercent = (n) =>
  format("short", (l) => new Intl.NumberFormat(l, { style: "percent", maximumFractionDigits: 2 })).format(n / 100);

const noon = (day) => new Date(`${day}T12:00:00Z`);

export const day = (text) =>
  format("day", (l) => new Intl.DateTimeFormat(l, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }))
    .format(noon(text));

export const dayAndMonth = (text) =>
  format("dm", (l) => new Intl.DateTimeFormat(l, { day: "numeric", month: "short", timeZone: "UTC" })).format(noon(text));

export const year = (n) =>
  format("year", (l) => new Intl.DateTimeFormat(l, { year: "numeric", timeZone: "UTC" })).format(noon(`${n}-06-01`));

export const moment = (text) =>
  format("moment", (l) => new Intl.DateTimeFormat(l, { dateStyle: "medium", timeStyle: "medium", timeZone: "Asia/Bangkok" }))
    .format(new Date(text));

const UNITS = [[86400, "day"], [3600, "hour"], [60, "minute"]];

// A length of time in its largest unit; tenths of a second below ten.
export function age(ms) {
  const seconds = ms / 1000;
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? [1, "second"];
  const digits = unit === "second" && seconds < 10 ? 1 : 0;
  return new Intl.NumberFormat(LOCALES[language], {
    style: "unit", unit, unitDisplay: "long", minimumFractionDigits: digits, maximumFractionDigits: digits,
  }).format(seconds / size);
}
