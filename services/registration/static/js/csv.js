// CSV in and out: RFC 4180 with `,`, `;` or tab between the cells, as spreadsheets write it.

export function parse(text) {
  const plain = text.replace(/^\uFEFF/, "");
  const firstLine = plain.slice(0, plain.search(/\r?\n|$/));
  const separator = [",", ";", "\t"].reduce((best, one) => (count(firstLine, one) > count(firstLine, best) ? one : best), ",");
  const rows = [];
  let row = [], cell = "", quoted = false;
  const endCell = () => { row.push(cell); cell = ""; };
  const endRow = () => { endCell(); if (row.some((value) => value.trim())) rows.push(row); row = []; };
  for (let at = 0; at < plain.length; at += 1) {
    const letter = plain[at];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (plain[at + 1] === '"') { cell += '"'; at += 1; }
      else quoted = false;
    } else if (letter === '"' && !cell) quoted = true;
    else if (letter === separator) endCell();
    else if (letter === "\n") endRow();
    else if (letter !== "\r") cell += letter;
  }
  if (cell || row.length) endRow();
  return rows;
}

const count = (text, letter) => text.split(letter).length - 1;

const cellText = (value) => (/[",;\t\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

export const written = (rows) => rows.map((row) => row.map((value) => cellText(String(value ?? ""))).join(",")).join("\r\n") + "\r\n";

export function download(name, rows) {
  // The mark at the start makes spreadsheets read the letters as UTF-8.
  const address = URL.createObjectURL(new Blob(["\uFEFF", written(rows)], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
