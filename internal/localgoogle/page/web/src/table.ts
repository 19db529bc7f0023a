// Blocks of cells as text, as spreadsheets put them on the clipboard.

/** toText writes a block with tabs and line ends. */
export function toText(rows: string[][]): string {
  const quote = (s: string) => (/["\t\n\r]/.test(s) ? '"' + s.replaceAll('"', '""') + '"' : s);
  return rows.map((row) => row.map(quote).join("\t")).join("\n");
}

/** fromText reads such a block. A cell in quotes may hold tabs and line ends. */
export function fromText(text: string): string[][] {
  const s = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  const rows: string[][] = [[]];
  let i = 0;
  for (;;) {
    let cell = "";
    const end = s[i] === '"' ? closing(s, i) : -1;
    if (end > 0) {
      cell = s.slice(i + 1, end).replaceAll('""', '"');
      i = end + 1;
    } else {
      const start = i;
      while (i < s.length && s[i] !== "\t" && s[i] !== "\n") i++;
      cell = s.slice(start, i);
    }
    rows.at(-1)!.push(cell);
    if (i >= s.length) return rows;
    if (s[i] === "\n") rows.push([]);
    i++;
  }
}

/** closing is where a quoted cell ends, or -1 if the quotes are just part of a text. */
function closing(s: string, from: number): number {
  for (let i = from + 1; i < s.length; i++) {
    if (s[i] !== '"') continue;
    if (s[i + 1] === '"') {
      i++;
      continue;
    }
    return i + 1 === s.length || s[i + 1] === "\t" || s[i + 1] === "\n" ? i : -1;
  }
  return -1;
}
