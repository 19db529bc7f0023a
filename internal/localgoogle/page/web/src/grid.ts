// The grid: rows and columns of which only those in view are in the document.
//
// One scrolled box holds four panes: the corner, the frozen rows, the frozen
// columns and the rest. The first three are sticky, so that the browser scrolls
// everything by itself; this code only puts rows and columns in and out.

import { drawChart } from "./chart.ts";
import { el, safeLink } from "./dom.ts";
import { type Cell, columnName, nameOf, type Sheet, textWidth } from "./model.ts";
import { drawSpark } from "./spark.ts";
import type { Area, Chart, Group } from "./types.ts";
import { t } from "./words.ts";

const lettersHeight = 24;
const groupHeight = 20; // of each level of groups above the letters of the columns
const footer = 80; // pixels of empty space under the last row, at least
const overscan = 600; // pixels beyond the view, in both directions

interface Pane {
  box: HTMLElement;
  cells: HTMLElement;
  lines: HTMLElement;
  over: HTMLElement; // merges
  select: HTMLElement;
  charts: HTMLElement;
  colHead?: HTMLElement;
  groups?: HTMLElement;
  rowHead?: HTMLElement;
  rows: Map<number, HTMLElement>;
  r0: number; // the rows and columns of the pane
  r1: number;
  c0: number;
  c1: number;
  shown: Area; // what is in the document
}

export interface Selection {
  area: Area;
  row: number; // the active cell
  col: number;
}

export interface Rect {
  x: number;
  y: number;
  w: number;
  h: number;
}

export class Grid {
  readonly root: HTMLElement;
  private readonly canvas: HTMLElement;
  private panes: Pane[] = [];
  private headWidth = 46;
  private frozenRows = 0;
  private frozenCols = 0;
  private sheet!: Sheet;
  private charts: Chart[] = [];
  private waiting = false;
  private selection: Selection = { area: [0, 1, 0, 1], row: 0, col: 0 };
  private copied: Area | null = null;

  /** needs is called with the rows that are in view. */
  constructor(private readonly needs: (from: number, to: number) => void) {
    this.canvas = el("div", { class: "canvas", role: "presentation" });
    this.root = el("div", { class: "grid", role: "grid" }, this.canvas);
    this.root.addEventListener("scroll", () => this.later(), { passive: true });
    this.root.addEventListener("scrollend", () => this.settle());
    new ResizeObserver(() => {
      if (!this.sheet) return;
      this.endWhole();
      this.settle(); // what was whole at the old height may be cut at this one
      if (this.freezes()) this.build();
      else this.later();
    }).observe(this.root);
  }

  /** show brings a tab into the grid. */
  show(sheet: Sheet, charts: Chart[] = []) {
    this.sheet = sheet;
    this.charts = charts;
    this.copied = null;
    this.hits.clear();
    const { title, rows, cols } = sheet.tab;
    for (const [name, value] of [["aria-label", title], ["aria-rowcount", rows], ["aria-colcount", cols]] as const) this.root.setAttribute(name, String(value));
    this.freezes();
    this.build();
  }

  /** turned is called after a group of columns was opened or closed. */
  turned: (g: Group) => void = () => {};

  private get levels() {
    return Math.max(0, ...(this.sheet.tab.groups ?? []).map((g) => g.depth));
  }

  private get headHeight() {
    return lettersHeight + groupHeight * this.levels;
  }

  /** freezes decides what is frozen: nothing that would fill most of the view. */
  private freezes(): boolean {
    const t = this.sheet.tab;
    this.headWidth = Math.max(this.root.clientWidth < 600 ? 30 : 40, 14 + 8 * String(t.rows).length);
    const fits = (size: number, room: number) => room === 0 || size < room * 0.6;
    const rows = fits(this.sheet.rows.start(t.frozenRows ?? 0), this.root.clientHeight - this.headHeight) ? (t.frozenRows ?? 0) : 0;
    const cols = fits(this.sheet.cols.start(t.frozenCols ?? 0), this.root.clientWidth - this.headWidth) ? (t.frozenCols ?? 0) : 0;
    const changed = rows !== this.frozenRows || cols !== this.frozenCols;
    this.frozenRows = rows;
    this.frozenCols = cols;
    return changed;
  }

  private get fx() {
    return this.sheet.cols.start(this.frozenCols);
  }

  private get fy() {
    return this.sheet.rows.start(this.frozenRows);
  }

  private build() {
    const { rows, cols } = this.sheet;
    const make = (name: string, r0: number, r1: number, c0: number, c1: number): Pane => {
      const top = r0 === 0 && name !== "body" && name !== "left";
      const left = c0 === 0 && name !== "body" && name !== "top";
      const w = cols.span(c0, c1);
      const h = rows.span(r0, r1);
      const part = (cls: string) => el("div", { class: cls, role: "presentation" });
      const p: Pane = {
        box: el("div", { class: "pane " + name, role: "rowgroup", style: { width: w + (left ? this.headWidth : 0) + "px", height: h + (top ? this.headHeight : 0) + "px" } }),
        cells: el("div", {
          class: "cells",
          role: "presentation",
          style: { left: (left ? this.headWidth : 0) + "px", top: (top ? this.headHeight : 0) + "px", width: w + "px", height: h + "px" },
        }),
        lines: part("lines"),
        over: part("over"),
        select: part("select"),
        charts: part("charts"),
        rows: new Map(),
        r0,
        r1,
        c0,
        c1,
        shown: [0, 0, 0, 0],
      };
      p.cells.append(p.lines, p.over, p.charts, p.select);
      p.box.append(p.cells);
      if (top) {
        const place = { left: (left ? this.headWidth : 0) + "px", width: w + "px" };
        p.colHead = el("div", { class: "colhead", "aria-hidden": "true", style: { ...place, top: this.headHeight - lettersHeight + "px", height: lettersHeight + "px" } });
        p.box.append(p.colHead);
        if (this.levels) {
          p.groups = el("div", { class: "groups", role: "presentation", style: { ...place, height: this.headHeight - lettersHeight + "px" } });
          p.box.prepend(p.groups); // the keyboard reaches the buttons before the cells
        }
      }
      if (left) {
        p.rowHead = el("div", { class: "rowhead", "aria-hidden": "true", style: { top: (top ? this.headHeight : 0) + "px", width: this.headWidth + "px", height: h + "px" } });
        p.box.append(p.rowHead);
      }
      if (top && left) p.box.append(el("div", { class: "headcorner", "aria-hidden": "true", style: { width: this.headWidth + "px", height: this.headHeight + "px" } }));
      return p;
    };
    const fr = this.frozenRows;
    const fc = this.frozenCols;
    this.panes = [make("corner", 0, fr, 0, fc), make("top", 0, fr, fc, cols.count), make("left", fr, rows.count, 0, fc), make("body", fr, rows.count, fc, cols.count)];
    this.canvas.style.gridTemplateColumns = `${this.headWidth + this.fx}px ${cols.total - this.fx}px`;
    this.canvas.style.gridTemplateRows = `${this.headHeight + this.fy}px ${rows.total - this.fy}px`;
    this.endWhole();
    this.canvas.classList.toggle("nolines", !!this.sheet.tab.hideGrid);
    this.canvas.classList.toggle("frozen-rows", fr > 0);
    this.canvas.classList.toggle("frozen-cols", fc > 0);
    const hosted = this.hosted;
    const focused = hosted && document.activeElement === hosted.node;
    this.canvas.replaceChildren(...this.panes.map((p) => p.box));
    this.draw();
    this.setCharts(this.charts);
    if (hosted && hosted.row < rows.count && hosted.col < cols.count) {
      this.host(hosted.node, hosted.row, hosted.col);
      if (focused) hosted.node.focus({ preventScroll: true });
    }
  }

  private later() {
    if (this.waiting || !this.sheet) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  /** visible is the rows and columns of the scrolled part that are in view. */
  visible(extra = 0): Area {
    const { rows, cols } = this.sheet;
    const top = this.root.scrollTop + this.fy;
    const left = this.root.scrollLeft + this.fx;
    const h = Math.max(0, this.root.clientHeight - this.headHeight - this.fy);
    const w = Math.max(0, this.root.clientWidth - this.headWidth - this.fx);
    return [
      Math.max(this.frozenRows, rows.at(top - extra)),
      Math.min(rows.count, rows.at(top + h + extra) + 1),
      Math.max(this.frozenCols, cols.at(left - extra)),
      Math.min(cols.count, cols.at(left + w + extra) + 1),
    ];
  }

  /** refresh draws rows anew whose cells have changed, and moves those below a row whose height has. */
  refresh(heightsFrom = -1, from = 0, to = Infinity) {
    if (heightsFrom >= 0) {
      // What is in view stays where it is.
      const row = this.visible()[0];
      const before = this.drawnTop.get(row);
      const { rows } = this.sheet;
      for (const p of this.panes) {
        const h = rows.span(p.r0, p.r1);
        p.cells.style.height = h + "px";
        p.box.style.height = h + (p.colHead ? this.headHeight : 0) + "px";
        if (p.rowHead) p.rowHead.style.height = h + "px";
      }
      this.canvas.style.gridTemplateRows = `${this.headHeight + this.fy}px ${rows.total - this.fy}px`;
      this.endWhole();
      if (before !== undefined && this.root.scrollTop > 0) this.root.scrollTop += rows.start(row) - before;
      this.settle();
      this.setCharts(this.charts);
    }
    if (heightsFrom >= 0) to = Infinity;
    for (const p of this.panes) {
      const { shown } = p;
      if (shown[1] <= shown[0] || Math.max(shown[0], from) >= Math.min(shown[1], to)) continue;
      for (const [r, row] of p.rows) {
        if (r < Math.min(from, heightsFrom < 0 ? from : heightsFrom) || r >= to) continue;
        row.remove();
        p.rows.delete(r);
      }
      this.drawPane(p, [shown[0], Math.min(shown[1], p.r1), shown[2], Math.min(shown[3], p.c1)]);
    }
    this.draw();
  }

  private readonly drawnTop = new Map<number, number>();

  private draw() {
    const near = this.visible(overscan);
    const seen = this.visible();
    this.needs(near[0], near[1]);
    if (this.frozenRows > 0) this.needs(0, this.frozenRows);
    this.drawnTop.clear();
    this.drawnTop.set(seen[0], this.sheet.rows.start(seen[0]));
    for (const p of this.panes) {
      const want: Area = [
        p.r0 === 0 && p.r1 === this.frozenRows ? 0 : near[0],
        p.r1 === this.frozenRows ? p.r1 : near[1],
        p.c1 === this.frozenCols ? 0 : near[2],
        p.c1 === this.frozenCols ? p.c1 : near[3],
      ];
      const tight: Area = [p.r1 === this.frozenRows ? 0 : seen[0], p.r1 === this.frozenRows ? p.r1 : seen[1], p.c1 === this.frozenCols ? 0 : seen[2], p.c1 === this.frozenCols ? p.c1 : seen[3]];
      if (covers(p.shown, tight)) continue;
      this.drawPane(p, want);
    }
    this.drawSelection();
  }

  private drawPane(p: Pane, want: Area) {
    const { rows, cols, tab } = this.sheet;
    const x0 = cols.start(p.c0);
    const y0 = rows.start(p.r0);
    const sameCols = p.shown[2] === want[2] && p.shown[3] === want[3] && p.shown[1] > p.shown[0];
    if (!sameCols) {
      for (const row of p.rows.values()) row.remove();
      p.rows.clear();
      const lines: HTMLElement[] = [];
      const heads: HTMLElement[] = [];
      for (let c = want[2]; c < want[3]; c++) {
        const w = cols.sizes[c]!;
        if (w === 0) continue;
        if (!tab.hideGrid) lines.push(el("div", { class: "vline", style: { left: cols.start(c + 1) - x0 - 1 + "px" } }));
        if (p.colHead) heads.push(el("div", { class: "h", "data-i": c, style: { left: cols.start(c) - x0 + "px", width: w + "px" } }, columnName(c)));
      }
      p.lines.replaceChildren(...lines);
      p.colHead?.replaceChildren(...heads);
      this.drawGroups(p, want);
    } else {
      for (const [r, row] of p.rows) {
        if (r >= want[0] && r < want[1]) continue;
        row.remove();
        p.rows.delete(r);
      }
    }
    const fresh = document.createDocumentFragment();
    for (let r = want[0]; r < want[1]; r++) {
      const h = rows.sizes[r]!;
      if (h === 0 || p.rows.has(r)) continue;
      const row = el("div", { class: "row", role: "row", "aria-rowindex": r + 1, style: { top: rows.start(r) - y0 + "px", height: h + "px", zIndex: String(r - p.r0 + 1) } });
      this.drawRow(row, r, want[2], want[3], x0);
      p.rows.set(r, row);
      fresh.append(row);
    }
    p.cells.insertBefore(fresh, p.over);
    if (p.rowHead) {
      const heads: HTMLElement[] = [];
      for (let r = want[0]; r < want[1]; r++) {
        const h = rows.sizes[r]!;
        if (h > 0) heads.push(el("div", { class: "h", "data-i": r, style: { top: rows.start(r) - y0 + "px", height: h + "px" } }, String(r + 1)));
      }
      p.rowHead.replaceChildren(...heads);
    }
    const merged = (tab.merges ?? []).filter((m) => m[0] < want[1] && m[1] > want[0] && m[2] < want[3] && m[3] > want[2]);
    p.over.replaceChildren(
      ...merged.flatMap((m) => {
        const w = cols.span(m[2], m[3]);
        const h = rows.span(m[0], m[1]);
        if (w === 0 || h === 0) return [];
        const node = this.drawCell(m[0], m[2], w, w, "clip");
        node.classList.add("merged");
        Object.assign(node.style, { left: cols.start(m[2]) - x0 + "px", top: rows.start(m[0]) - y0 + "px", width: w + "px", height: h + "px" });
        return [el("div", { class: "contents", role: "row", "aria-rowindex": m[0] + 1 }, node)];
      }),
    );
    p.shown = want;
  }

  /** drawGroups draws the buttons of the groups whose column is in a pane, and a line over the columns of those that are open. */
  private drawGroups(p: Pane, want: Area) {
    if (!p.groups) return;
    const { cols, tab } = this.sheet;
    const x0 = cols.start(p.c0);
    const had = p.groups.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["group"] : undefined;
    const nodes: HTMLElement[] = [];
    for (const g of tab.groups ?? []) {
      const top = (g.depth - 1) * groupHeight;
      const closed = this.sheet.closed(g);
      const from = Math.max(g.from, p.c0, want[2]);
      const to = Math.min(g.to, p.c1, want[3]);
      if (!closed && from < to && cols.span(from, to) > 0) {
        const end = tab.groupAfter ? g.from === from : g.to === to;
        nodes.push(el("div", { class: "groupline" + (end ? (tab.groupAfter ? " first" : " last") : ""), style: { left: cols.start(from) - x0 + "px", width: cols.span(from, to) + "px", top: top + "px" } }));
      }
      const at = this.sheet.buttonOf(g);
      const shown = at < 0 ? want[2] === 0 && p.c0 === 0 : at >= Math.max(p.c0, want[2]) && at < Math.min(p.c1, want[3]);
      if (!shown) continue;
      const x = at < 0 ? 0 : cols.start(at) - x0;
      const w = at < 0 ? 24 : cols.sizes[at]!;
      const names = columnName(g.from) + (g.to - g.from > 1 ? "–" + columnName(g.to - 1) : "");
      const what = t(closed ? "openGroup" : "closeGroup", names);
      const b = el("button", { class: "group" + (closed ? " closed" : ""), type: "button", "data-group": nameOf(g), "aria-expanded": String(!closed), "aria-label": what, title: what, style: { left: x + "px", width: w + "px", top: top + "px" } }, el("span", { "aria-hidden": "true" }, closed ? "+" : "−"));
      b.addEventListener("click", () => {
        this.sheet.turn(g);
        this.turned(g);
      });
      nodes.push(b);
    }
    p.groups.replaceChildren(...nodes);
    if (had) this.focusGroup(had);
  }

  /** focusGroup brings the keyboard to the button of a group. */
  focusGroup(name: string) {
    this.root.querySelector<HTMLElement>(`.group[data-group="${name}"]`)?.focus({ preventScroll: true });
  }

  private drawRow(row: HTMLElement, r: number, c0: number, c1: number, x0: number) {
    const { cols } = this.sheet;
    const n = Math.min(c1, Math.max(this.sheet.rowLength(r), c0));
    // A text further left may reach into these columns.
    let from = c0;
    for (let c = c0 - 1; c >= 0 && c > c0 - 60; c--) {
      if (this.sheet.merge(r, c)) break;
      if (this.sheet.text(r, c) !== "") {
        if (cols.sizes[c]! > 0) from = c;
        break;
      }
    }
    for (let c = from; c < c1; c = c === from && from < c0 ? c0 : c + 1) {
      if (c >= n && c >= c0 && !this.sheet.typed.size) break;
      const w = cols.sizes[c]!;
      if (w === 0 || this.sheet.merge(r, c)) continue;
      const cell = this.sheet.cell(r, c);
      const text = this.sheet.text(r, c);
      if (!cell && text === "") continue;
      if (c < c0 && text === "") continue;
      const x = cols.start(c);
      const [left, right] = this.reach(r, c, cell, text, w);
      if (c < c0 && right <= cols.start(c0)) continue;
      const node = this.drawCell(r, c, w, right - left, left < x || right > x + w ? "flow" : "clip", x - left);
      node.style.left = x - x0 + "px";
      node.style.width = w + "px";
      borders(node, cell);
      row.append(node);
    }
  }

  /** reach is from where to where the text of a cell may show: over empty neighbours. */
  private reach(r: number, c: number, cell: Cell | null, text: string, w: number): [number, number] {
    const { cols } = this.sheet;
    const x = cols.start(c);
    const s = cell?.style;
    if (!text || s?.w || cell?.kind || cell?.spark) return [x, x + w];
    const need = textWidth(text.includes("\n") ? text.split("\n").sort((a, b) => b.length - a.length)[0]! : text, s ?? {}) + 4 + (s?.pl ?? 3);
    if (need <= w) return [x, x + w];
    const free = (at: number) => at >= 0 && at < cols.count && this.sheet.text(r, at) === "" && !this.sheet.merge(r, at) && !this.sheet.cell(r, at)?.spark;
    let left = x;
    let right = x + w;
    const more = need - w;
    const wantRight = s?.h === "r" ? 0 : s?.h === "c" ? more / 2 : more;
    const wantLeft = s?.h === "r" ? more : s?.h === "c" ? more / 2 : 0;
    for (let at = c + 1; right < x + w + wantRight && free(at); at++) right = cols.start(at + 1);
    for (let at = c - 1; left > x - wantLeft && free(at); at--) left = cols.start(at);
    return [left, right];
  }

  private drawCell(r: number, c: number, w: number, room: number, how: "flow" | "clip", shift = 0): HTMLElement {
    const cell = this.sheet.cell(r, c);
    const pending = this.sheet.typed.get(r + "," + c);
    const text = pending ?? cell?.text ?? "";
    const style = cell?.style;
    const node = el("div", { class: "c " + (style?.name ?? ""), role: "gridcell", "aria-colindex": c + 1, "aria-label": this.sheet.name(r, c) });
    if (cell?.bad) node.setAttribute("aria-invalid", "true");
    if (this.hits.has(r + "," + c)) node.classList.add("hit");
    if (pending !== undefined) node.classList.add("pending");
    if (cell?.rule?.kind === "BOOLEAN") {
      node.classList.add("center");
      node.append(el("span", { class: "box" + (this.sheet.checked(r, c) ? " on" : "") + (this.sheet.lock(r, c) ? " off" : "") }));
    } else if (cell?.spark && pending === undefined) {
      node.append(drawSpark(cell.spark, w - 6, this.sheet.rows.sizes[r]! - 5));
    } else if (text !== "") {
      const span = el("span", { class: "t" });
      if (cell?.kind === "n" && pending === undefined && style?.w !== "w" && text.length * 4 > w - 6 && textWidth(text, style ?? {}) > w - 3) {
        span.textContent = "#".repeat(Math.max(1, Math.floor((w - 8) / 8)));
        span.title = text;
      } else if (cell?.runs && pending === undefined) pieces(span, text, cell);
      else if (cell?.link && pending === undefined) span.append(anchor(cell.link, text));
      else span.textContent = text;
      if (how === "flow") {
        span.classList.add("flow");
        node.classList.add("flows");
        span.style.maxWidth = room - (style?.pl ?? 3) - 1 + "px";
        if (shift) node.style.setProperty("justify-content", style?.h === "c" ? "center" : "flex-end");
      }
      node.append(span);
    }
    if (cell?.rule?.list && cell.rule.kind.startsWith("ONE_OF")) {
      node.classList.add(text === "" ? "unlisted" : "listed");
      node.append(el("span", { class: "pick" + (style?.v ?? "b"), "aria-hidden": "true" }));
    }
    if (cell?.note) node.append(el("i", { class: "note" }));
    if (cell?.bad || cell?.kind === "e") node.append(el("i", { class: "bad" }));
    return node;
  }

  /** setCharts puts charts over the cells. */
  setCharts(charts: Chart[]) {
    this.charts = charts;
    const { rows, cols } = this.sheet;
    for (const p of this.panes) {
      const own = charts.filter((ch) => ch.row >= p.r0 && ch.row < p.r1 && ch.col >= p.c0 && ch.col < p.c1);
      p.charts.replaceChildren(
        ...own.map((ch) => {
          const node = drawChart(ch);
          Object.assign(node.style, { left: cols.start(ch.col) - cols.start(p.c0) + ch.x + "px", top: rows.start(ch.row) - rows.start(p.r0) + ch.y + "px" });
          return node;
        }),
      );
    }
  }

  /** shownCharts are the charts that stand over the cells. */
  get shownCharts() {
    return this.charts;
  }

  /** select shows what is selected. */
  select(s: Selection) {
    this.selection = s;
    if (this.panes.length) this.drawSelection();
  }

  /** ants marks what was copied. */
  ants(area: Area | null) {
    this.copied = area;
    if (this.panes.length) this.drawSelection();
  }

  private drawSelection() {
    const { rows, cols } = this.sheet;
    const { area, row, col } = this.selection;
    const one = this.sheet.merge(row, col) ?? ([row, row + 1, col, col + 1] as Area);
    const place = (p: Pane, a: Area, cls: string) => {
      const r0 = Math.max(a[0], p.r0);
      const r1 = Math.min(a[1], p.r1);
      const c0 = Math.max(a[2], p.c0);
      const c1 = Math.min(a[3], p.c1);
      if (r0 >= r1 || c0 >= c1) return [];
      const x = cols.start(a[2]) - cols.start(p.c0);
      const y = rows.start(a[0]) - rows.start(p.r0);
      return [el("div", { class: cls, style: { left: x - 1 + "px", top: y - 1 + "px", width: cols.span(a[2], a[3]) + 1 + "px", height: rows.span(a[0], a[1]) + 1 + "px" } })];
    };
    const many = area[1] - area[0] > one[1] - one[0] || area[3] - area[2] > one[3] - one[2];
    for (const p of this.panes) {
      p.select.replaceChildren(...(many ? place(p, area, "range") : []), ...place(p, one, "active"), ...(this.copied ? place(p, this.copied, "ants") : []));
      for (const [head, from, to] of [
        [p.colHead, area[2], area[3]],
        [p.rowHead, area[0], area[1]],
      ] as const) {
        for (const h of head?.children ?? []) {
          const i = Number((h as HTMLElement).dataset["i"]);
          h.classList.toggle("on", i >= from && i < to);
        }
      }
    }
  }

  /** rect is where a cell stands in the window. */
  rect(r: number, c: number): Rect {
    const { rows, cols } = this.sheet;
    const m = this.sheet.merge(r, c) ?? [r, r + 1, c, c + 1];
    const box = this.root.getBoundingClientRect();
    const x = cols.start(m[2]) - (m[2] >= this.frozenCols ? this.root.scrollLeft : 0);
    const y = rows.start(m[0]) - (m[0] >= this.frozenRows ? this.root.scrollTop : 0);
    return { x: box.left + this.headWidth + x, y: box.top + this.headHeight + y, w: cols.span(m[2], m[3]), h: rows.span(m[0], m[1]) };
  }

  /** inView tells whether a cell can be seen, at least a part of it. */
  inView(r: number, c: number): boolean {
    const q = this.rect(r, c);
    const box = this.root.getBoundingClientRect();
    const left = box.left + this.headWidth + (c >= this.frozenCols ? this.fx : 0);
    const top = box.top + this.headHeight + (r >= this.frozenRows ? this.fy : 0);
    return q.x + q.w > left && q.x < box.right && q.y + q.h > top && q.y < box.bottom;
  }

  /** hit is what lies under a point of the window. */
  hit(clientX: number, clientY: number): { part: "cell" | "row" | "col" | "corner"; row: number; col: number } {
    const { rows, cols } = this.sheet;
    const box = this.root.getBoundingClientRect();
    const px = clientX - box.left - this.headWidth;
    const py = clientY - box.top - this.headHeight;
    const x = px < this.fx ? px : px + this.root.scrollLeft;
    const y = py < this.fy ? py : py + this.root.scrollTop;
    let row = rows.at(Math.max(0, y));
    let col = cols.at(Math.max(0, x));
    while (row > 0 && rows.sizes[row] === 0) row--;
    while (col > 0 && cols.sizes[col] === 0) col--;
    const part = px < 0 ? (py < 0 ? "corner" : "row") : py < 0 ? "col" : "cell";
    const m = part === "cell" ? this.sheet.merge(row, col) : undefined;
    return { part, row: m ? m[0] : row, col: m ? m[2] : col };
  }

  /** overText tells whether a point is over the part of a list cell that opens it. */
  overPick(r: number, c: number, clientX: number): boolean {
    const q = this.rect(r, c);
    return clientX > q.x + q.w - 20;
  }

  /** bring scrolls so that a cell is in view: as little as may be, into the middle, or as far up the tab as goes. */
  bring(r: number, c: number, where: "near" | "middle" | "low" = "near") {
    const { rows, cols } = this.sheet;
    const h = this.root.clientHeight - this.headHeight - this.fy;
    const w = this.root.clientWidth - this.headWidth - this.fx;
    if (r >= this.frozenRows) {
      const y = rows.start(r) - this.fy;
      const top = this.root.scrollTop;
      if (where === "middle") this.root.scrollTop = this.wholeRow(y - Math.max(0, (h - rows.sizes[r]!) * 0.6));
      else if (where === "low") this.root.scrollTop = this.wholeRow(y + rows.sizes[r]! + 70 - h);
      else if (y < top) this.root.scrollTop = y;
      else if (y + rows.sizes[r]! > top + h) this.root.scrollTop = this.wholeRow(y + rows.sizes[r]! - h + 2);
    }
    if (c >= this.frozenCols) {
      const x = cols.start(c) - this.fx;
      const left = this.root.scrollLeft;
      const cw = Math.min(cols.sizes[c]!, w);
      if (x < left) this.root.scrollLeft = x;
      else if (x + cw > left + w) this.root.scrollLeft = x + cw - w + 2;
    }
    this.later();
  }

  /** endWhole leaves so much space under the last row that the frozen rows cut none at the end of the tab. */
  private endWhole() {
    const end = this.headHeight + this.sheet.rows.total + footer - this.root.clientHeight; // the furthest scroll
    this.canvas.style.paddingBottom = footer + (end > 0 ? this.wholeRow(end) - end : 0) + "px";
  }

  /** settle moves on, when scrolling has come to an end, to where the frozen rows cut none. */
  private settle() {
    if (!this.sheet || this.frozenRows === 0) return;
    const { rows } = this.sheet;
    const y = this.root.scrollTop;
    const r = rows.at(y + this.fy);
    const above = rows.start(r) - this.fy;
    const below = rows.start(r + 1) - this.fy;
    const end = this.root.scrollHeight - this.root.clientHeight;
    if (y - above < 1 || below - y < 1 || end - y < 1 || below - above > this.root.clientHeight / 2) return;
    this.root.scrollTop = y - above < below - y ? above : below;
  }

  /** wholeRow is the least scroll from y on with which the frozen rows cut no row below them. */
  private wholeRow(y: number): number {
    if (y <= 0) return 0;
    const { rows } = this.sheet;
    const r = rows.at(y + this.fy);
    return rows.start(r) - this.fy < y ? rows.start(r + 1) - this.fy : rows.start(r) - this.fy;
  }

  private readonly hits = new Set<string>();

  /** mark shows which cells were found. */
  mark(cells: [number, number][]) {
    if (!cells.length && !this.hits.size) return;
    this.hits.clear();
    for (const [r, c] of cells) this.hits.add(r + "," + c);
    this.refresh();
  }

  private hosted: { node: HTMLElement; row: number; col: number } | null = null;
  private readonly hostCell = el("div", { class: "contents", role: "gridcell" });
  private readonly hostRow = el("div", { class: "contents", role: "row" }, this.hostCell);

  /** host puts something over a cell, so that it scrolls along, and keeps it there. */
  host(node: HTMLElement, r: number, c: number) {
    this.hosted = { node, row: r, col: c };
    const p = this.panes.find((p) => r >= p.r0 && r < p.r1 && c >= p.c0 && c < p.c1);
    if (!p) return;
    const { rows, cols } = this.sheet;
    const m = this.sheet.merge(r, c) ?? [r, r + 1, c, c + 1];
    this.hostRow.setAttribute("aria-rowindex", String(r + 1));
    this.hostCell.setAttribute("aria-colindex", String(c + 1));
    if (this.hostRow.parentElement !== p.cells || node.parentElement !== this.hostCell) {
      const had = document.activeElement === node;
      this.hostCell.append(node);
      p.cells.append(this.hostRow);
      if (had) node.focus({ preventScroll: true });
    }
    Object.assign(node.style, {
      left: cols.start(m[2]) - cols.start(p.c0) - 1 + "px",
      top: rows.start(m[0]) - rows.start(p.r0) - 1 + "px",
      minWidth: cols.span(m[2], m[3]) + 1 + "px",
      minHeight: rows.span(m[0], m[1]) + 1 + "px",
    });
  }

  /** roomRight is how wide something over a cell may grow. */
  roomRight(c: number): number {
    return Math.max(120, this.root.clientWidth - this.headWidth - (this.sheet.cols.start(c) - (c >= this.frozenCols ? this.root.scrollLeft : 0)) - 8);
  }

  /** page is how many rows fit into the view. */
  page(): number {
    const v = this.visible();
    return Math.max(1, v[1] - v[0] - 2);
  }
}

function covers(a: Area, b: Area): boolean {
  return a[0] <= b[0] && a[1] >= b[1] && a[2] <= b[2] && a[3] >= b[3] && a[1] > a[0];
}

/** borders draws those that were set; each lies on the line that two cells share. */
function borders(node: HTMLElement, cell: Cell | null) {
  const s = cell?.style;
  if (!s) return;
  if (s.br) node.style.borderRight = s.br;
  if (s.bb) node.style.borderBottom = s.bb;
  if (s.bl) Object.assign(node.style, { borderLeft: s.bl, marginLeft: "-1px", width: `calc(${node.style.width} + 1px)` });
  if (s.bt) Object.assign(node.style, { borderTop: s.bt, top: "-1px" });
}

function anchor(link: string, text: string): Node {
  const href = safeLink(link);
  if (!href) return document.createTextNode(text);
  return el("a", { href, tabindex: "-1", draggable: "false", rel: "noopener noreferrer" }, text);
}

/** pieces is a text whose parts look different. */
function pieces(span: HTMLElement, text: string, cell: Cell) {
  const runs = cell.runs!;
  const ends = runs.map((_, i) => runs[i + 1]?.at ?? text.length);
  if ((runs[0]?.at ?? 0) > 0) span.append(text.slice(0, runs[0]!.at));
  runs.forEach((run, i) => {
    const part = el("span", {}, run.l ? "" : text.slice(run.at, ends[i]));
    if (run.l) part.append(anchor(run.l, text.slice(run.at, ends[i])));
    const st = part.style;
    if (run.fg) st.color = run.fg;
    if (run.fs) st.fontSize = (run.fs * 4) / 3 + "px";
    if (run.b) st.fontWeight = "700";
    if (run.i) st.fontStyle = "italic";
    if (run.u || run.s) st.textDecoration = [run.u && "underline", run.s && "line-through"].filter(Boolean).join(" ");
    span.append(part);
  });
}
