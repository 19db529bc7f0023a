// The bar that finds a text in a tab, also in rows that are not drawn: the server looks.

import * as api from "./api.ts";
import { el, icon } from "./dom.ts";
import type { FindReply } from "./types.ts";
import { t } from "./words.ts";

export interface Finder {
  /** The spreadsheet and the tab that is shown, where to begin, and which columns somebody has hidden by closing or opening groups. */
  place(): { id: string; tab: number; row: number; col: number; hidden?: number[] };
  title(tab: number): string;
  /** show brings a cell into view. */
  show(row: number, col: number): void;
  mark(cells: [number, number][]): void;
  openTab(tab: number): void;
  /** closed gives the keyboard back. */
  closed(): void;
}

const pause = 150; // milliseconds of no typing before the server is asked

export class FindBar {
  readonly root: HTMLElement;
  private readonly input: HTMLInputElement;
  private readonly count: HTMLElement;
  private found: FindReply = { cells: [], count: 0 };
  private at = -1;
  private asked = ""; // for what the cells are
  private timer = 0;
  private turn = 0;

  constructor(private readonly finder: Finder) {
    this.input = el("input", { type: "search", class: "findtext", "aria-label": t("find"), placeholder: t("find"), autocomplete: "off", spellcheck: "false", enterkeyhint: "search" });
    this.count = el("span", { class: "findcount", role: "status" });
    const button = (name: "prevFound" | "nextFound" | "close", sign: "back" | "next" | "cross", f: () => void) =>
      el("button", { type: "button", class: "findbtn", title: t(name), "aria-label": t(name), onclick: f }, icon(sign));
    this.root = el(
      "div",
      { class: "find", role: "search", hidden: true },
      this.input,
      this.count,
      button("prevFound", "back", () => void this.step(-1)),
      button("nextFound", "next", () => void this.step(1)),
      button("close", "cross", () => this.close()),
    );
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.look(true), pause);
    });
    this.root.addEventListener("keydown", (e) => {
      if (e.key === "Escape") this.close();
      else if (e.key === "Enter" && e.target === this.input) void this.step(e.shiftKey ? -1 : 1);
      else return;
      e.preventDefault();
      e.stopPropagation();
    });
  }

  get shown() {
    return !this.root.hidden;
  }

  /** focused tells whether one types into the bar. */
  get focused() {
    return document.activeElement === this.input;
  }

  open() {
    this.root.hidden = false;
    this.input.focus();
    this.input.select();
    void this.look(false);
  }

  close() {
    if (!this.shown) return;
    clearTimeout(this.timer);
    this.turn++;
    this.root.hidden = true;
    this.finder.mark([]);
    this.finder.closed();
  }

  /** again looks anew, in the tab that is shown now, or for what has changed; the selection stays. */
  again() {
    if (this.shown) void this.look(false);
  }

  private async look(go: boolean): Promise<void> {
    clearTimeout(this.timer);
    const text = this.input.value.trim();
    const turn = ++this.turn;
    const { id, tab, row, col, hidden } = this.finder.place();
    if (text === "") this.found = { cells: [], count: 0 };
    else {
      try {
        const found = await api.find(id, tab, text, hidden);
        if (turn !== this.turn) return;
        this.found = found;
      } catch (e) {
        if (turn === this.turn) this.count.textContent = e instanceof Error ? e.message : String(e);
        return;
      }
    }
    this.asked = text;
    this.finder.mark(this.found.cells);
    // The one that is selected, else the next one behind it.
    this.at = this.found.cells.findIndex(([r, c]) => r > row || (r === row && c >= col));
    if (this.at < 0 && this.found.cells.length) this.at = 0;
    if (go) this.show();
    else this.tell();
  }

  private async step(by: 1 | -1) {
    if (this.input.value.trim() !== this.asked) {
      await this.look(true);
      return;
    }
    const n = this.found.cells.length;
    if (!n) return;
    const { row, col } = this.finder.place();
    const here = this.found.cells[this.at];
    // From a place in between, the first step leads to the next one.
    if (here?.[0] === row && here[1] === col) this.at = (this.at + by + n) % n;
    else {
      const behind = this.found.cells.findIndex(([r, c]) => r > row || (r === row && c > col));
      this.at = by > 0 ? Math.max(0, behind) : ((behind < 0 ? n : behind) + n - 1) % n;
    }
    this.show();
  }

  private show() {
    const cell = this.found.cells[this.at];
    if (cell) this.finder.show(cell[0], cell[1]);
    this.tell();
  }

  private tell() {
    const { cells, count, elsewhere } = this.found;
    this.root.classList.toggle("none", this.asked !== "" && !count);
    if (this.asked === "") this.count.replaceChildren();
    else if (cells.length) this.count.replaceChildren(t("foundOf", this.at + 1, count));
    else {
      const links = (elsewhere ?? []).map((x) =>
        el("button", { type: "button", class: "findtab", onclick: () => this.move(x.tab) }, `${this.finder.title(x.tab)} (${x.count})`),
      );
      this.count.replaceChildren(t("foundNone"), ...links);
    }
  }

  private move(tab: number) {
    this.finder.openTab(tab);
    this.input.focus();
    void this.look(true);
  }
}
