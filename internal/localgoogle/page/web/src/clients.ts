// Whether the name of a client is nearly one of the list: as nearclient.go of package
// report asks back on the cell, so the form asks while one types.

interface Reduced {
  name: string;
  plain: string; // without signs, spaces and the legal form; letters that look alike are one
  latin: string; // the same in Latin letters
  marks: string; // numbers and initials: those that differ are of different clients
}

/** same makes spellings equal that count as one client: spaces and case. */
export const same = (s: string) => s.split(/\s+/).filter(Boolean).join(" ").toLowerCase();

/** nearClient is the name of the list that a name may be another spelling or a slip of, if it is not there itself. */
export function nearClient(name: string, list: string[]): string | undefined {
  const want = reduced(name);
  if (want.plain === "" || list.some((x) => same(x) === same(name))) return undefined;
  let least = Math.min(2, Math.floor([...want.plain].length / 5)) + 1;
  let near: string | undefined;
  for (const c of list.map(reduced)) {
    if (c.plain === "") continue;
    if (c.plain === want.plain || c.latin === want.latin) return c.name;
    if (c.marks !== want.marks || c.latin[0] !== want.latin[0]) continue;
    const d = Math.min(slips(want.plain, c.plain), slips(want.latin, c.latin));
    if (d < least) [near, least] = [c.name, d];
  }
  return near;
}

const legalForms = new Set("ооо оао зао пао нао ао ип чп тоо llc ltd inc gmbh oao zao pao ao ip".split(" "));

function reduced(name: string): Reduced {
  const all = name
    .normalize("NFC")
    .toLowerCase()
    .replaceAll("ё", "е")
    .split(/[^\p{L}\p{Nd}]+/u)
    .filter(Boolean)
    .map(sameAlphabet);
  let parts = all.filter((w) => !legalForms.has(w));
  if (!parts.length) parts = all;
  const marks = parts.flatMap((w) => ([...w].length === 1 ? [w] : (w.match(/\p{Nd}+/gu) ?? [])));
  const plain = parts.join("");
  return { name: name.trim(), plain, latin: inLatin(plain), marks: marks.join(" ") };
}

const lookalikes = new Map([..."aebkmhopctyxi"].map((c, i) => [c, [..."аевкмнорстухі"][i]!]));

/** sameAlphabet writes a word in Cyrillic letters if it has any, or looks as if it had nothing else. */
function sameAlphabet(word: string): string {
  const letters = [...word];
  if (!/\p{Script=Cyrillic}/u.test(word) && !letters.every((c) => lookalikes.has(c))) return word;
  return letters.map((c) => lookalikes.get(c) ?? c).join("");
}

const cyrillic = new Map(
  "а a б b в v г g д d е e ж zh з z и i й i к k л l м m н n о o п p р r с s т t у u ф f х h ц c ч ch ш sh щ sh ъ _ ы i ь _ э e ю iu я ia і i".split(" ").reduce<[string, string][]>((all, x, i, list) => (i % 2 ? [...all, [list[i - 1]!, x.replace("_", "")]] : all), []),
);
const latin = new Map(
  "shch sh sch sh kh h ts c ks x yu iu ju iu ya ia ja ia yo e y i j i w v".split(" ").reduce<[string, string][]>((all, x, i, list) => (i % 2 ? [...all, [list[i - 1]!, x]] : all), []),
);

/** inLatin writes Cyrillic letters in Latin ones, as people do, and brings those that are written in several ways to one. */
const inLatin = (s: string) => s.replace(/[а-яі]|shch|sch|kh|ts|ks|yu|ju|ya|ja|yo|y|j|w/g, (x) => cyrillic.get(x) ?? latin.get(x) ?? x);

/** slips is how many letters differ; two that changed places are one slip. */
function slips(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) row.push(Math.min(row[j - 1]! + 1, rows[i - 1]![j]! + 1, rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    rows.push(row);
  }
  const d = rows[a.length]![b.length]!;
  if (d === 2 && a.length === b.length) {
    const i = [...a].findIndex((c, k) => c !== b[k]);
    if (a[i] === b[i + 1] && a[i + 1] === b[i] && a.slice(i + 2) === b.slice(i + 2)) return 1;
  }
  return d;
}
