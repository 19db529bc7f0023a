// What somebody means who types a choice of a list.

/** fold makes texts equal that a person would not tell apart. */
export const fold = (s: string) => s.normalize("NFC").toLowerCase().replaceAll("ё", "е").replace(/\s+/g, " ").trim();

/**
 * meant is which of the choices a text stands for: the one that it is, else the only
 * one that begins with it. -1: none, and the text is taken as it was typed.
 */
export function meant(text: string, choices: string[]): number {
  const want = fold(text);
  if (want === "") return -1;
  const exact = choices.indexOf(text.trim());
  if (exact >= 0) return exact;
  const begins: number[] = [];
  for (let i = 0; i < choices.length; i++) {
    const choice = fold(choices[i]!);
    if (choice === want) return i;
    if (choice.startsWith(want)) begins.push(i);
  }
  return begins.length === 1 ? begins[0]! : -1;
}

/** nearest is the one choice that a text may be a slip of, if there is just one. */
export function nearest(text: string, choices: string[]): string | undefined {
  const want = fold(text);
  const most = Math.min(3, Math.floor(want.length / 4));
  let best: string | undefined;
  let least = most + 1;
  let twice = false;
  for (const choice of choices) {
    const d = distance(want, fold(choice), least);
    twice = d === least ? twice || best !== undefined : d < least ? false : twice;
    if (d < least) [best, least] = [choice, d];
  }
  return twice ? undefined : best;
}

/** distance is how many letters differ (Levenshtein); anything above most is as good as any other. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (a[i] === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
