// A tab as the page holds it: where its rows and columns stand, and the cells that
// have been loaded.

import { remember, remembered } from "./groups.ts";
import type { Area, Block, Group, Look, Rule, Run, Spark, Tab } from "./types.ts";
import { t } from "./words.ts";

export interface Cell {
  style: Style;
  text: string;
  /** What one edits, if it is not the text. */
  edit?: string;
  kind?: "n" | "b" | "e";
  note?: string;
  link?: string;
  error?: string;
  rule?: Rule;
  bad?: boolean;
  runs?: Run[];
  spark?: Spark;
}

/** Style is a look with the name of its CSS class. Equal looks are one Style. */
export interface Style extends Look {
  name: string;
}

export const rowHeight = 21;
const blockRows = 100;

export const px = (points: number) => (points * 4) / 3;
export const fontStack = "Arial, 'Liberation Sans', Helvetica, 'Noto Sans', sans-serif";

const styles = new Map<string, Style>();
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets.push(sheet);

/** styleOf gives a look its CSS class. */
export function styleOf(look: Look): Style {
  const key = JSON.stringify(look);
  let s = styles.get(key);
  if (s) return s;
  s = { ...look, name: "s" + styles.size };
  styles.set(key, s);
  const css: string[] = [];
  if (look.bg) css.push(`background-color:${look.bg}`);
  if (look.fg) css.push(`color:${look.fg}`);
  if (look.fs) css.push(`font-size:${px(look.fs)}px`);
  if (look.b) css.push("font-weight:700");
  if (look.i) css.push("font-style:italic");
  const lines = [look.u && "underline", look.s && "line-through"].filter(Boolean).join(" ");
  if (lines) css.push(`text-decoration:${lines}`);
  if (look.h) css.push(`justify-content:${look.h === "c" ? "center" : "flex-end"};text-align:${look.h === "c" ? "center" : "right"}`);
  if (look.v) css.push(`align-items:${look.v === "t" ? "flex-start" : "center"}`);
  if (look.w === "w") css.push("white-space:pre-wrap;overflow-wrap:anywhere");
  if (look.pl) css.push(`padding-left:${look.pl}px`);
  sheet.insertRule(`.c.${s.name}{${css.join(";")}}`, sheet.cssRules.length);
  return s;
}

export const plain = styleOf({});

/** Axis is where the rows, or the columns, of a tab begin, in pixels. */
export class Axis {
  readonly pos: Float64Array;

  constructor(
    readonly sizes: Float64Array,
    readonly count: number,
  ) {
    this.pos = new Float64Array(count + 1);
    this.sum(0);
  }

  sum(from: number) {
    for (let i = from; i < this.count; i++) this.pos[i + 1] = this.pos[i]! + this.sizes[i]!;
  }

  get total() {
    return this.pos[this.count]!;
  }

  start(i: number) {
    return this.pos[Math.min(Math.max(i, 0), this.count)]!;
  }

  span(from: number, to: number) {
    return this.start(to) - this.start(from);
  }

  /** at is the row or column over a point. */
  at(p: number): number {
    let lo = 0;
    let hi = this.count - 1;
    while (lo < hi) {
      const mid = (lo + hi + 1) >> 1;
      if (this.pos[mid]! <= p) lo = mid;
      else hi = mid - 1;
    }
    return lo;
  }

  /** step is the next index in a direction that is not hidden, or the same if there is none. */
  step(i: number, by: 1 | -1): number {
    for (let j = i + by; j >= 0 && j < this.count; j += by) if (this.sizes[j]! > 0) return j;
    return i;
  }
}

const canvas = document.createElement("canvas").getContext("2d")!;
const widths = new Map<string, number>();

/** textWidth measures a text as a cell shows it. */
export function textWidth(text: string, look: Look): number {
  const font = `${look.i ? "italic " : ""}${look.b ? "700 " : ""}${px(look.fs ?? 10)}px ${fontStack}`;
  const key = font + "\n" + text;
  let w = widths.get(key);
  if (w === undefined) {
    canvas.font = font;
    w = canvas.measureText(text).width;
    if (widths.size > 50_000) widths.clear();
    widths.set(key, w);
  }
  return w;
}

/** linesOf counts the lines of a text that wraps at a width. */
export function linesOf(text: string, look: Look, width: number): number {
  let lines = 0;
  for (const paragraph of text.split("\n")) {
    let rest = 0;
    lines++;
    for (const word of paragraph.split(/(?<=[ \-–—/])/)) {
      const w = textWidth(word, look);
      if (rest > 0 && rest + textWidth(word.trimEnd(), look) > width) {
        lines++;
        rest = 0;
      }
      if (w > width) {
        lines += Math.ceil(w / width) - 1;
        rest = w % width;
      } else rest += w;
    }
  }
  return lines;
}

const lineHeight = (look: Look) => Math.round(px(look.fs ?? 10) * 1.2);

/** Sheet is a tab with the cells that are known. */
export class Sheet {
  rows: Axis;
  cols: Axis;
  readonly hiddenRows: Set<number>;
  private readonly blocks = new Map<number, { version: number; rows: (Cell | null)[][] }>();
  private readonly merges = new Map<string, Area>();
  /** Typed and not yet confirmed. */
  readonly typed = new Map<string, string>();

  /** Groups that somebody has opened or closed here, by name; the others are as the spreadsheet has them. */
  private readonly turned: Map<string, boolean>;

  constructor(
    readonly tab: Tab,
    private readonly file: string,
  ) {
    this.turned = remembered(file, tab);
    this.hiddenRows = new Set(tab.hiddenRows ?? []);
    const rows = new Float64Array(tab.rows);
    for (let r = 0; r < tab.rows; r++) rows[r] = this.hiddenRows.has(r) ? 0 : (tab.heights?.[r] ?? rowHeight);
    this.rows = new Axis(rows, tab.rows);
    this.cols = this.columns();
    for (const m of tab.merges ?? []) for (let r = m[0]; r < m[1]; r++) for (let c = m[2]; c < m[3]; c++) this.merges.set(r + "," + c, m);
  }

  /** columns are as wide as they are shown: those of a closed group are not. */
  private columns(): Axis {
    const { tab } = this;
    const hidden = new Set(tab.hiddenCols ?? []);
    for (const g of tab.groups ?? []) if (g.closed) for (let c = g.from; c < g.to; c++) hidden.delete(c);
    for (const g of tab.groups ?? []) if (this.closed(g)) for (let c = g.from; c < g.to; c++) hidden.add(c);
    const widths = new Float64Array(tab.cols);
    for (let c = 0; c < tab.cols; c++) widths[c] = hidden.has(c) ? 0 : (tab.widths?.[c] ?? 100);
    return new Axis(widths, tab.cols);
  }

  /** closed tells whether a group is shown closed. */
  closed(g: Group): boolean {
    return this.turned.get(nameOf(g)) ?? !!g.closed;
  }

  /** turn opens or closes a group, for the one who looks alone: the spreadsheet stays as it is. */
  turn(g: Group) {
    this.turned.set(nameOf(g), !this.closed(g));
    remember(this.file, this.tab, this.turned);
    this.cols = this.columns();
    this.measure(0, this.tab.rows);
  }

  /** hiddenColumns are those that are not shown, once somebody has opened or closed a group. */
  hiddenColumns(): number[] | undefined {
    if (!this.turned.size) return undefined;
    return Array.from(this.cols.sizes.keys()).filter((c) => this.cols.sizes[c] === 0);
  }

  /** buttonOf is the column over which the button of a group stands: the nearest that is shown beside it; -1: none is. */
  buttonOf(g: Group): number {
    const by = this.tab.groupAfter ? 1 : -1;
    let c = by < 0 ? g.from - 1 : g.to;
    while (c >= 0 && c < this.cols.count && this.cols.sizes[c] === 0) c += by;
    return c < this.cols.count ? c : -1;
  }

  /** adopt takes over the cells of an earlier state of the same tab, as long as nothing newer is known. */
  adopt(old: Sheet) {
    for (const [i, b] of old.blocks) this.blocks.set(i, { version: 0, rows: b.rows });
    for (const [k, v] of old.typed) this.typed.set(k, v);
    this.measure(0, this.tab.rows);
  }

  /** take keeps a block of rows, and says from which row on heights changed (-1: none). */
  take(b: Block): number {
    const looks = b.styles.map(styleOf);
    const blanks = looks.map((style): Cell => ({ style, text: "" }));
    const rows = b.rows.map((line) =>
      line.map((p): Cell | null => {
        if (p === null) return null;
        if (typeof p === "number") return blanks[p]!;
        const [s, text, m] = p;
        if (!m) return { style: looks[s]!, text };
        return {
          style: looks[s]!,
          text,
          edit: m.e,
          kind: m.k,
          note: m.n,
          link: m.l,
          error: m.x,
          rule: m.d === undefined ? undefined : b.rules?.[m.d],
          bad: m.bad,
          runs: m.r,
          spark: m.sp,
        };
      }),
    );
    for (let first = Math.ceil(b.from / blockRows) * blockRows; first < b.to; first += blockRows) {
      const whole = first + blockRows <= b.to || b.to >= this.tab.rows;
      if (whole) this.blocks.set(first / blockRows, { version: b.version, rows: rows.slice(first - b.from, first - b.from + blockRows) });
    }
    return this.measure(b.from, Math.min(b.to, this.tab.rows));
  }

  /** wanting is the smallest run of whole blocks in which rows are missing or older than the version. */
  wanting(from: number, to: number, version: number): [number, number] | null {
    let a = -1;
    let z = -1;
    for (let i = Math.floor(from / blockRows); i * blockRows < Math.min(to, this.tab.rows); i++) {
      if ((this.blocks.get(i)?.version ?? -1) >= version) continue;
      if (a < 0) a = i;
      z = i + 1;
    }
    return a < 0 ? null : [a * blockRows, Math.min(z * blockRows, this.tab.rows)];
  }

  known(r: number): boolean {
    return this.blocks.has(Math.floor(r / blockRows));
  }

  cell(r: number, c: number): Cell | null {
    return this.blocks.get(Math.floor(r / blockRows))?.rows[r % blockRows]?.[c] ?? null;
  }

  rowLength(r: number): number {
    return this.blocks.get(Math.floor(r / blockRows))?.rows[r % blockRows]?.length ?? 0;
  }

  /** text is what a cell shows, typed texts first. */
  text(r: number, c: number): string {
    return this.typed.get(r + "," + c) ?? this.cell(r, c)?.text ?? "";
  }

  /** edit is what one edits in a cell. */
  edit(r: number, c: number): string {
    const typed = this.typed.get(r + "," + c);
    if (typed !== undefined) return typed;
    const cell = this.cell(r, c);
    return cell?.edit ?? cell?.text ?? "";
  }

  /** name is what a cell is called for those who hear the page: where it is, and what it shows. */
  name(r: number, c: number): string {
    const cell = this.cell(r, c);
    const text = cell?.rule?.kind === "BOOLEAN" ? t(this.checked(r, c) ? "ticked" : "unticked") : this.text(r, c);
    return cellName(r, c) + (text ? " " + text : "");
  }

  /** fullName is the name with the headings of the cell's column and row, and what is wrong with it. */
  fullName(r: number, c: number): string {
    const { tab } = this;
    const head = tab.rowKeys?.["head"] ?? ((tab.frozenRows ?? 0) > 0 ? 0 : -1);
    const column = r > head ? this.text(head, c) : "";
    let name = (tab.frozenCols ?? 0) - 1; // the last of the frozen columns says which row it is
    while (name > 0 && this.cols.sizes[name] === 0) name--;
    const row = name >= 0 && c !== name ? this.text(r, name) : "";
    const cell = this.cell(r, c);
    const value = this.name(r, c).slice(cellName(r, c).length + 1) || t("empty");
    const more = [cell?.bad && (cell.rule?.message || t("broken")), cell?.error, cell?.note, this.lock(r, c) && t("locked")];
    return [cellName(r, c), column, row, value, ...more].filter(Boolean).join(", ");
  }

  /** checked tells whether a checkbox is ticked. */
  checked(r: number, c: number): boolean {
    const typed = this.typed.get(r + "," + c);
    if (typed !== undefined) return typed === "TRUE";
    const cell = this.cell(r, c);
    return cell?.kind === "b" && !/^(false|ложь)$/i.test(cell.text);
  }

  merge(r: number, c: number): Area | undefined {
    return this.merges.size ? this.merges.get(r + "," + c) : undefined;
  }

  /** lock is the protection that keeps somebody from editing a cell. */
  lock(r: number, c: number) {
    const inside = (a: Area) => r >= a[0] && r < a[1] && c >= a[2] && c < a[3];
    return this.tab.locks?.find((l) => inside(l.area) && !l.open?.some(inside));
  }

  /** measure makes rows as high as their texts need. */
  private measure(from: number, to: number): number {
    let first = -1;
    for (let r = from; r < to; r++) {
      if (this.tab.heights?.[r] !== undefined || this.hiddenRows.has(r)) continue;
      let h = rowHeight;
      for (let c = 0, n = this.rowLength(r); c < n; c++) {
        const cell = this.cell(r, c);
        if (!cell?.text || this.merge(r, c)) continue;
        const s = cell.style;
        const w = this.cols.sizes[c]!;
        if (w === 0) continue;
        let lines = 1;
        if (s.w === "w") lines = linesOf(cell.text, s, w - 4 - (s.pl ?? 3));
        else if (cell.text.includes("\n")) lines = cell.text.split("\n").length;
        if (lines > 1 || (s.fs ?? 10) > 10) h = Math.max(h, lines * lineHeight(s) + 5);
      }
      if (this.rows.sizes[r] !== h) {
        this.rows.sizes[r] = h;
        if (first < 0) first = r;
      }
    }
    if (first >= 0) this.rows.sum(first);
    return first;
  }
}

/** nameOf tells a group from the others of its tab. */
export const nameOf = (g: Group) => `${g.from}-${g.to}-${g.depth}`;

/** columnName is A, B, … AA of a column's number from 0. */
export function columnName(i: number): string {
  let s = "";
  for (i++; i > 0; i = Math.floor((i - 1) / 26)) s = String.fromCharCode(65 + ((i - 1) % 26)) + s;
  return s;
}

export const cellName = (r: number, c: number) => columnName(c) + (r + 1);

export const quoted = (title: string) => "'" + title.replaceAll("'", "''") + "'";

/** parseArea reads A1, A1:B2, A:B or 2:3, within a tab. */
export function parseArea(text: string, tab: Tab): Area | null {
  const m = /^\$?([A-Za-z]*)\$?(\d*)(?::\$?([A-Za-z]*)\$?(\d*))?$/.exec(text.trim());
  if (!m || !(m[1] || m[2])) return null;
  const col = (s: string) => [...s.toUpperCase()].reduce((n, ch) => n * 26 + ch.charCodeAt(0) - 64, 0) - 1;
  const two = text.includes(":");
  if (!two && !(m[1] && m[2])) return null;
  let r0 = m[2] ? Number(m[2]) - 1 : 0;
  let c0 = m[1] ? col(m[1]) : 0;
  let r1 = two ? (m[4] ? Number(m[4]) : tab.rows) : r0 + 1;
  let c1 = two ? (m[3] ? col(m[3]) + 1 : tab.cols) : c0 + 1;
  if (r1 <= r0) [r0, r1] = [r1 - 1, r0 + 1];
  if (c1 <= c0) [c0, c1] = [c1 - 1, c0 + 1];
  if (r0 < 0 || c0 < 0 || r0 >= tab.rows || c0 >= tab.cols) return null;
  return [r0, Math.min(r1, tab.rows), c0, Math.min(c1, tab.cols)];
}
