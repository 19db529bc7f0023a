// A spreadsheet that is open: what is known of it, what changes, what is typed.

import * as api from "./api.ts";
import { cellName, quoted, Sheet } from "./model.ts";
import type { BookReply, Tab } from "./types.ts";
import { t } from "./words.ts";

/** How many rows one request may ask for; as in page.go. */
const mostRows = 2000;

export type Edits = (string | null)[][];

export interface Problem {
  row: number;
  col: number;
  message: string;
  /** A strict rule of the cell does not take the text. */
  refused?: boolean;
}

interface Step {
  tab: number;
  row: number;
  col: number;
  before: Edits;
  after: Edits;
}

export class Store {
  info: BookReply;
  readonly sheets = new Map<number, Sheet>();
  private need = 0;
  private readonly loading = new Map<string, Promise<void>>();
  private readonly stop = new AbortController();
  private readonly undone: Step[] = [];
  private readonly done: Step[] = [];
  private queue: Promise<unknown> = Promise.resolve();
  pending = 0;
  online = true;

  /** Told when cells of some rows of a tab changed (and from which row on heights did), when the structure did, and how saving goes. */
  onCells: (tab: number, heightsFrom: number, from?: number, to?: number) => void = () => {};
  onStructure: () => void = () => {};
  onStatus: () => void = () => {};
  onGone: () => void = () => {};
  onVersion: () => void = () => {};

  constructor(reply: BookReply) {
    this.info = reply;
    this.need = reply.version;
    this.adopt(reply);
  }

  private adopt(reply: BookReply) {
    const old = new Map(this.sheets);
    this.info = reply;
    this.sheets.clear();
    for (const tab of reply.tabs) {
      const s = new Sheet(tab, reply.id);
      const was = old.get(tab.id);
      if (was) s.adopt(was);
      this.sheets.set(tab.id, s);
    }
    if (reply.cells) this.sheets.get(reply.shown)?.take(reply.cells);
  }

  tab(id: number): Tab | undefined {
    return this.info.tabs.find((x) => x.id === id);
  }

  sheet(id: number): Sheet | undefined {
    return this.sheets.get(id);
  }

  mayWrite(): boolean {
    return this.info.role === "writer" || this.info.role === "owner";
  }

  close() {
    this.stop.abort();
  }

  follow() {
    void api.listen(
      this.info.id,
      this.stop.signal,
      (e) => void this.heard(e),
      (yes) => {
        if (this.online === yes) return;
        this.online = yes;
        this.onStatus();
      },
    );
  }

  private async heard(e: api.Event) {
    if (e.gone) {
      this.onGone();
      return;
    }
    const fresh = e.version > this.need;
    this.need = Math.max(this.need, e.version);
    if (e.structure !== this.info.structure) {
      try {
        const reply = await api.book(this.info.id, this.info.shown);
        if (this.stop.signal.aborted) return;
        this.need = Math.max(this.need, reply.version);
        this.adopt(reply);
        this.onStructure();
      } catch {
        return; // the next event, or the next look, tries again
      }
    } else if (!fresh) return;
    this.onVersion();
  }

  /** ensure loads rows of a tab that are not known, or not as they are now. */
  ensure(tab: number, from: number, to: number): Promise<void> {
    const s = this.sheets.get(tab);
    const run = s?.wanting(from, to, this.need);
    if (!s || !run) return Promise.resolve();
    const key = [tab, ...run, this.need].join();
    let p = this.loading.get(key);
    if (!p) {
      p = this.load(tab, run[0], run[1]).finally(() => this.loading.delete(key));
      this.loading.set(key, p);
    }
    return p;
  }

  /** load gets rows anew. */
  async load(tab: number, from: number, to: number): Promise<void> {
    try {
      const block = await api.cells(this.info.id, tab, from, to);
      const s = this.sheets.get(tab);
      if (!s) return;
      this.onCells(tab, s.take(block), from, to);
    } catch (e) {
      if (e instanceof api.Failure && (e.status === 403 || e.status === 404)) this.onGone();
      else if (!this.stop.signal.aborted) setTimeout(() => this.onCells(tab, -1), 2000); // drawing asks again
    }
  }

  /**
   * type writes texts into cells, from a first one on: shown at once, checked, sent
   * and then shown as the server has them. It answers what stands in the way. What is
   * pasted is taken whether rules of the cells like it or not: it is marked then, and
   * not lost.
   */
  async type(tab: number, row: number, col: number, after: Edits, how: { undo?: boolean; pasted?: boolean } = {}): Promise<Problem | null> {
    const s = this.sheets.get(tab);
    if (!s) return null;
    if (!this.mayWrite()) return { row, col, message: t("readOnly") };
    await this.ensure(tab, row, row + after.length);
    const changed: { row: number; col: number; text: string }[] = [];
    const before: Edits = after.map((line, i) =>
      line.map((text, j) => {
        if (text === null) return null;
        const was = s.edit(row + i, col + j);
        if (was !== text) changed.push({ row: row + i, col: col + j, text });
        return was;
      }),
    );
    if (changed.length === 0) return null;
    for (const c of changed) {
      const lock = s.lock(c.row, c.col);
      if (lock) return { row: c.row, col: c.col, message: changed.length > 1 ? t("lockedRange") : lockMessage(lock.note) };
      if (c.text.length > 50_000) return { row: c.row, col: c.col, message: t("tooLong") };
    }
    const strict = how.pasted || how.undo ? [] : changed.filter((c) => c.text !== "" && s.cell(c.row, c.col)?.rule?.strict);
    for (const c of changed) s.typed.set(c.row + "," + c.col, c.text);
    this.pending++;
    this.onCells(tab, -1, row, row + after.length);
    this.onStatus();
    const work = this.queue.then(() => this.send(tab, row, col, after, strict));
    this.queue = work.catch(() => {});
    let problem: Problem | null = null;
    try {
      problem = await work;
      if (!problem && !how.undo) {
        this.done.push({ tab, row, col, before, after });
        this.undone.length = 0;
      }
      if (!problem) {
        const end = Math.ceil((row + after.length) / 100) * 100;
        for (let from = Math.floor(row / 100) * 100; from < end; from += mostRows) await this.load(tab, from, Math.min(end, from + mostRows));
      }
    } finally {
      this.pending--;
      for (const c of changed) if (s.typed.get(c.row + "," + c.col) === c.text) s.typed.delete(c.row + "," + c.col);
      const now = this.sheets.get(tab);
      if (now && now !== s) for (const c of changed) now.typed.delete(c.row + "," + c.col);
      this.onCells(tab, -1, row, row + after.length);
      this.onStatus();
    }
    return problem;
  }

  /** grow adds rows and columns that what is pasted needs; it answers what stands in the way. */
  async grow(tab: number, rows: number, cols: number): Promise<string | null> {
    const had = this.tab(tab);
    if (!had || !this.mayWrite()) return t("readOnly");
    const reqs = (
      [
        ["ROWS", rows - had.rows],
        ["COLUMNS", cols - had.cols],
      ] as const
    )
      .filter(([, length]) => length > 0)
      .map(([dimension, length]) => ({ appendDimension: { sheetId: tab, dimension, length } }));
    if (!reqs.length) return null;
    try {
      await api.change(this.info.id, reqs);
      const reply = await api.book(this.info.id, tab);
      this.need = Math.max(this.need, reply.version);
      this.adopt(reply);
      this.onStructure();
      return null;
    } catch (e) {
      return explain(e instanceof api.Failure ? e : new api.Failure(400, String(e)));
    }
  }

  private async send(tab: number, row: number, col: number, after: Edits, strict: { row: number; col: number; text: string }[]): Promise<Problem | null> {
    for (;;) {
      if (this.stop.signal.aborted) return null;
      try {
        if (strict.length) {
          const no = (await api.refusals(this.info.id, tab, strict))[0];
          if (no) return { row: no.row, col: no.col, message: no.message || t("notAllowed"), refused: true };
        }
        const title = this.tab(tab)?.title;
        if (title === undefined) return { row, col, message: t("gone") };
        await api.write(this.info.id, quoted(title) + "!" + cellName(row, col), after);
        this.online = true;
        return null;
      } catch (e) {
        const f = e instanceof api.Failure ? e : new api.Failure(400, String(e));
        if (f.status !== 0) return { row, col, message: explain(f) };
        // What was typed is kept until the server is there again.
        this.online = false;
        this.onStatus();
        await new Promise((done) => setTimeout(done, 1500));
      }
    }
  }

  /** undo takes back the latest own change that is left, or does it again: one after the other. */
  undo(again = false): Promise<{ tab: number; row: number; col: number; problem: Problem | null } | null> {
    const turn = this.turns.then(() => this.takeBack(again));
    this.turns = turn.catch(() => {});
    return turn;
  }

  private turns: Promise<unknown> = Promise.resolve();

  private async takeBack(again: boolean) {
    await this.queue; // what is on its way can be taken back too
    const step = (again ? this.undone : this.done).pop();
    if (!step) return null;
    const problem = await this.type(step.tab, step.row, step.col, again ? step.after : step.before, { undo: true });
    if (!problem) (again ? this.done : this.undone).push(step);
    return { tab: step.tab, row: step.row, col: step.col, problem };
  }
}

export const lockMessage = (note?: string) => (note ? t("lockedBy", note) : t("locked"));

/** explain says an answer of the server in the language of the page. */
function explain(f: api.Failure): string {
  if (/protected cell/i.test(f.message)) return t("locked");
  if (f.status === 403) return t("readOnly");
  if (f.status === 404) return t("gone");
  if (f.status === 429 || f.status >= 500) return t("notSaved", t("busy"));
  if (/50000 characters/.test(f.message)) return t("tooLong");
  return t("notSaved", f.message);
}
