// The page of one spreadsheet: bars, grid, tabs, keyboard, mouse and touch.

import * as api from "./api.ts";
import { Bubble, toast } from "./bubble.ts";
import { el, icon, safeLink } from "./dom.ts";
import { FindBar } from "./find.ts";
import { Grid, type Selection } from "./grid.ts";
import { type Cell, cellName, nameOf, parseArea, type Sheet } from "./model.ts";
import { fold, meant, nearest } from "./match.ts";
import { type Edits, lockMessage, type Problem, Store } from "./store.ts";
import { fromText, toText } from "./table.ts";
import type { Area, BookReply } from "./types.ts";
import { t } from "./words.ts";

const apple = /Mac|iPhone|iPad/.test(navigator.platform);
const maxPaste = 50_000;

interface Editing {
  tab: number;
  row: number;
  col: number;
  /** enter: typed over, arrows leave the cell; edit: arrows move in the text. */
  mode: "enter" | "edit";
  was: string;
}

export class BookView {
  readonly root: HTMLElement;
  readonly store: Store;
  /** Called whenever cells or the structure changed. */
  readonly changed: (() => void)[] = [];
  private readonly grid: Grid;
  private readonly editor: HTMLTextAreaElement;
  private readonly bar: HTMLTextAreaElement;
  private readonly name: HTMLInputElement;
  private readonly tabs: HTMLElement;
  private readonly status: HTMLElement;
  private readonly tip = new Bubble("tip");
  private readonly list = new Bubble("list");
  private readonly find: FindBar;
  private readonly speech = el("div", { class: "hear", role: "status" });
  private tab = 0;
  private opened = false;
  private sel: Selection = { area: [0, 1, 0, 1], row: 0, col: 0 };
  private readonly places = new Map<number, { sel: Selection; top: number; left: number }>();
  private editing: Editing | null = null;
  private tabFrom: number | null = null;
  private pointer = "mouse";
  private leaving = false; // Esc was pressed: Tab leaves the grid
  private asked = false; // the active cell was chosen by somebody, so that it says what there is to say
  private byKeys = false; // the latest move was made by the keyboard
  private dragging = false;
  private choices: { all: string[]; shown: string[]; at: number } | null = null;
  private copied: { text: string; cells: string[][] } | null = null;
  private chartsWanted = 0;

  constructor(
    reply: BookReply,
    private readonly go: (href: string) => void,
    private readonly gone: () => void,
  ) {
    this.store = new Store(reply);
    this.grid = new Grid((from, to) => void this.store.ensure(this.tab, from, to));
    this.grid.turned = (g) => this.turnGroup(nameOf(g));
    this.editor = el("textarea", { class: "editor idle", rows: 1, spellcheck: "false", autocomplete: "off", autocapitalize: "off", "aria-label": t("cell") });
    this.bar = el("textarea", { class: "bar", rows: 1, spellcheck: "false", autocomplete: "off", "aria-label": t("formula") });
    this.name = el("input", { class: "name", spellcheck: "false", autocomplete: "off", "aria-label": t("cell") });
    const help = el("div", { class: "hear", id: "keyshelp" }, t("keysHelp"));
    this.editor.setAttribute("aria-describedby", help.id);
    this.tabs = el("div", { class: "tabs", role: "tablist", "aria-label": t("tabs") });
    this.tabs.addEventListener("keydown", (e) => this.tabKey(e));
    new ResizeObserver(() => this.showTab()).observe(this.tabs);
    this.find = new FindBar({
      place: () => ({ id: this.store.info.id, tab: this.tab, row: this.sel.row, col: this.sel.col, hidden: this.sheet.hiddenColumns() }),
      title: (tab) => this.store.tab(tab)?.title ?? "",
      show: (row, col) => {
        this.select(row, col);
        this.grid.bring(row, col, "middle");
      },
      mark: (cells) => this.grid.mark(cells),
      openTab: (tab) => this.openTab(tab),
      closed: () => this.focus(),
    });
    this.status = el("div", { class: "status", role: "status" });
    this.root = el(
      "div",
      { class: "book" },
      el("div", { class: "formula" }, this.name, el("span", { class: "fx", "aria-hidden": "true" }, "fx"), this.bar),
      el("div", { class: "gridbox" }, this.grid.root, this.find.root),
      help,
      this.speech,
      el("footer", {}, this.tabs, this.status),
    );
    this.store.onCells = (tab, heightsFrom, from, to) => {
      this.tellChanged();
      if (tab !== this.tab) return;
      this.grid.refresh(heightsFrom, from, to);
      if (!this.editing) this.showActive();
    };
    this.store.onStructure = () => {
      this.restructure();
      this.tellChanged();
    };
    this.store.onVersion = () => {
      const seen = this.grid.visible();
      void this.store.ensure(this.tab, seen[0], seen[1]);
      void this.store.ensure(this.tab, 0, Math.max(1, this.sheet.tab.frozenRows ?? 0));
      for (const f of this.following) f();
      this.find.again();
      void this.loadCharts();
    };
    this.store.onStatus = () => {
      this.showStatus();
      for (const f of this.saving) f();
    };
    this.store.onGone = () => this.gone();
    this.listen();
  }

  /** Called when something changed on the server, to ask for what one shows. */
  readonly following: (() => void)[] = [];

  /** Called when saving begins, ends, or finds no server. */
  readonly saving: (() => void)[] = [];

  private tellChanged() {
    for (const f of this.changed) f();
  }

  get sheet(): Sheet {
    return this.store.sheet(this.tab)!;
  }

  /** start shows the tab that the address asks for, with what it points at. */
  start(hash: string) {
    this.tab = this.store.info.shown;
    this.drawTabs();
    if (!this.point(hash)) this.openTab(this.store.info.shown);
    this.showStatus();
    this.store.follow();
  }

  /** search opens the bar that finds. */
  search() {
    if (this.editing) void this.commit();
    this.tip.hide();
    this.find.open();
  }

  /** reveal brings the active cell into view, after the grid was hidden. */
  reveal() {
    if (this.opened && this.sel.row > 0 && this.grid.root.scrollTop === 0) this.grid.bring(this.sel.row, this.sel.col, "low");
  }

  close() {
    this.store.close();
    this.tip.node.remove();
    this.list.node.remove();
    document.removeEventListener("keydown", this.anyKey);
  }

  /** point goes to what #gid=…&range=… names. */
  point(hash: string): boolean {
    const q = new URLSearchParams(hash.replace(/^#/, ""));
    const gid = q.get("gid");
    const tab = gid === null ? this.tab : Number(gid);
    if (!this.store.sheet(tab)) return false;
    if (gid === null && !q.get("range")) return false;
    this.openTab(tab);
    const area = parseArea((q.get("range") ?? "").replace(/^.*!/, ""), this.sheet.tab);
    if (area) {
      this.select(area[0], area[2], area);
      this.grid.bring(area[0], area[2], "middle");
    }
    return true;
  }

  openTab(id: number) {
    if (!this.store.sheet(id)) return;
    if (this.tab !== id && this.opened) {
      if (this.editing) void this.commit();
      this.places.set(this.tab, { sel: this.sel, top: this.grid.root.scrollTop, left: this.grid.root.scrollLeft });
    }
    this.tab = id;
    this.opened = true;
    this.store.info.shown = id;
    this.tip.hide();
    this.grid.show(this.sheet);
    const place = this.places.get(id);
    if (place) {
      this.grid.root.scrollTop = place.top;
      this.grid.root.scrollLeft = place.left;
      this.select(...inside(place.sel, this.sheet));
    } else {
      this.grid.root.scrollTop = this.grid.root.scrollLeft = 0;
      const today = this.sheet.tab.today;
      let row = 0;
      let col = 0;
      if (today !== undefined && (this.sheet.tab.frozenCols ?? 0) > 0 && this.sheet.rows.sizes[today]) {
        row = today;
        while (col < this.sheet.tab.cols - 1 && (this.sheet.lock(row, col) || this.sheet.cols.sizes[col] === 0)) col++;
        if (this.sheet.lock(row, col) || !this.store.mayWrite()) col = 0;
      }
      this.select(row, col);
      this.asked = row > 0; // nobody asked for what the note of the first cell covers
      if (!this.asked) this.tip.hide();
      if (row > 0) {
        void this.store.ensure(id, 0, row + 1).then(() => {
          if (this.tab === id && this.sel.row === row) this.grid.bring(row, col, "low");
        });
        this.grid.bring(row, col, "low");
      }
    }
    this.drawTabs();
    this.find.again();
    void this.loadCharts();
    history.replaceState(null, "", location.pathname + location.search + "#gid=" + id);
  }

  private async loadCharts() {
    const tab = this.tab;
    const turn = ++this.chartsWanted;
    try {
      const charts = await api.charts(this.store.info.id, tab);
      if (tab === this.tab && turn === this.chartsWanted) this.grid.setCharts(charts);
    } catch {
      // the cells say what is wrong
    }
  }

  private restructure() {
    if (!this.store.sheet(this.tab)) {
      this.cancel();
      this.openTab((this.store.info.tabs.find((x) => !x.hidden) ?? this.store.info.tabs[0]!).id);
      return;
    }
    const { scrollTop, scrollLeft } = this.grid.root;
    this.grid.show(this.sheet);
    this.grid.root.scrollTop = scrollTop;
    this.grid.root.scrollLeft = scrollLeft;
    this.drawTabs();
    if (!this.editing) this.select(...inside(this.sel, this.sheet));
    document.title = this.store.info.title;
  }

  /** turnGroup shows the tab after a group of columns was opened or closed. */
  private turnGroup(name: string) {
    const { scrollTop, scrollLeft } = this.grid.root;
    this.grid.show(this.sheet, this.grid.shownCharts);
    this.grid.root.scrollTop = scrollTop;
    this.grid.root.scrollLeft = scrollLeft;
    let { row, col } = this.sel;
    if (this.sheet.cols.sizes[col] === 0) {
      for (const by of [-1, 1] as const) if (this.sheet.cols.sizes[col] === 0) col = this.sheet.cols.step(col, by);
      this.select(row, col);
    } else this.select(row, col, this.sel.area);
    this.grid.focusGroup(name);
    this.find.again();
  }

  private drawTabs() {
    const buttons = this.store.info.tabs
      .filter((x) => !x.hidden || x.id === this.tab)
      .map((x) => {
        const on = x.id === this.tab;
        const b = el("button", { class: "tab" + (on ? " on" : ""), type: "button", role: "tab", "aria-selected": String(on), tabindex: on ? 0 : -1, "data-gid": x.id, onclick: () => this.openTab(x.id) }, x.title);
        if (x.color) b.style.setProperty("--tab", x.color);
        return b;
      });
    const hidden = this.store.info.tabs.filter((x) => x.hidden && x.id !== this.tab);
    if (hidden.length) {
      const menu = el("select", { class: "hiddentabs", "aria-label": t("hiddenTabs"), title: t("hiddenTabs") }, el("option", { value: "" }, "…"));
      for (const x of hidden) menu.append(el("option", { value: x.id }, x.title));
      menu.addEventListener("change", () => menu.value && this.openTab(Number(menu.value)));
      buttons.push(menu as unknown as HTMLButtonElement);
    }
    this.tabs.replaceChildren(...buttons);
    this.showTab();
  }

  /** showTab brings the tab that is open into the middle of the row of tabs, as far as goes. */
  private showTab() {
    const on = this.tabs.querySelector<HTMLElement>(".on");
    if (on) this.tabs.scrollLeft = on.offsetLeft - this.tabs.offsetLeft - (this.tabs.clientWidth - on.offsetWidth) / 2;
  }

  /** turn opens the next tab, or the one before. */
  private turn(by: 1 | -1) {
    const shown = this.store.info.tabs.filter((x) => !x.hidden || x.id === this.tab);
    const to = shown[shown.findIndex((x) => x.id === this.tab) + by];
    if (to) this.openTab(to.id);
  }

  /** tabKey is a key that is pressed on the row of tabs. */
  private tabKey(e: KeyboardEvent) {
    const shown = this.store.info.tabs.filter((x) => !x.hidden);
    const ends = { Home: shown[0], End: shown.at(-1) };
    if (e.altKey || e.ctrlKey || e.metaKey || !(e.target as Element).matches(".tab")) return;
    if (e.key === "ArrowRight" || e.key === "ArrowLeft") this.turn(e.key === "ArrowRight" ? 1 : -1);
    else if (e.key === "Home" || e.key === "End") this.openTab(ends[e.key]!.id);
    else return;
    e.preventDefault();
    this.tabs.querySelector<HTMLElement>(".on")?.focus();
  }

  private showStatus() {
    const { online, pending } = this.store;
    this.status.classList.toggle("off", !online);
    this.status.textContent = !online ? t(pending ? "kept" : "offline") : pending ? t("saving") : this.store.mayWrite() ? t("live") : t("readOnly");
    this.root.classList.toggle("offline", !online);
  }

  // --- selection ---------------------------------------------------------------

  select(row: number, col: number, area?: Area) {
    const m = this.sheet.merge(row, col);
    this.asked = true;
    this.sel = { row: m?.[0] ?? row, col: m?.[2] ?? col, area: this.whole(area ?? m ?? [row, row + 1, col, col + 1]) };
    this.grid.select(this.sel);
    this.showActive();
    if (!this.editing) {
      this.editor.value = "";
      this.grid.host(this.editor, this.sel.row, this.sel.col);
    }
  }

  /** whole is an area with all of the merged cells that it touches. */
  private whole(a: Area): Area {
    const out: Area = [...a];
    for (let again = true; again; ) {
      again = false;
      for (const m of this.sheet.tab.merges ?? []) {
        if (m[0] >= out[1] || m[1] <= out[0] || m[2] >= out[3] || m[3] <= out[2]) continue;
        const grown: Area = [Math.min(out[0], m[0]), Math.max(out[1], m[1]), Math.min(out[2], m[2]), Math.max(out[3], m[3])];
        if (grown.some((x, i) => x !== out[i])) {
          out.splice(0, 4, ...grown);
          again = true;
        }
      }
    }
    return out;
  }

  /** showActive fills the bars with the active cell, and says what there is to say of it. */
  private showActive() {
    const { row, col, area } = this.sel;
    const m = this.sheet.merge(row, col);
    const rows = area[1] - area[0];
    const cols = area[3] - area[2];
    const one = m ? rows === m[1] - m[0] && cols === m[3] - m[2] : rows === 1 && cols === 1;
    const name = one ? cellName(row, col) : `${cellName(area[0], area[2])}:${cellName(area[1] - 1, area[3] - 1)}`;
    if (document.activeElement !== this.name) this.name.value = name; // somebody may be typing where to go
    if (document.activeElement !== this.bar) this.bar.value = this.sheet.edit(row, col);
    this.bar.readOnly = !this.mayEdit(row, col);
    const full = this.sheet.fullName(row, col);
    this.editor.setAttribute("aria-label", full);
    if (this.byKeys && !this.editing) this.speech.textContent = one ? full : name;
    if (document.activeElement === this.bar) return;
    if (one && this.asked && (document.activeElement === this.editor || this.pointer !== "mouse")) this.tell(row, col, true);
    else this.tip.hide();
  }

  private mayEdit(row: number, col: number): boolean {
    return this.store.mayWrite() && !this.sheet.lock(row, col);
  }

  /** tell shows the note, the link, the fault and the rule of a cell. */
  private tell(row: number, col: number, active: boolean) {
    const cell = this.sheet.cell(row, col);
    const parts: Node[] = [];
    if (cell?.error && cell.kind === "e") parts.push(el("p", { class: "wrong" }, cell.error));
    if (cell?.bad) parts.push(el("p", { class: "wrong" }, cell.rule?.message || t("broken")));
    const links = [cell?.link, ...(cell?.runs?.map((r) => r.l) ?? [])].filter((l): l is string => !!l && safeLink(l) !== "");
    for (const link of new Set(links)) {
      const say = link.startsWith("#") ? t("open") : link.replace(/^https?:\/\//, "");
      parts.push(el("a", { class: "go", href: safeLink(link), onclick: (e: Event) => this.clickLink(e, link) }, icon("link"), say));
    }
    if (cell?.note && (!active || this.pointer !== "mouse" || this.byKeys)) parts.push(el("p", { class: "notetext" }, cell.note));
    if (active && cell?.rule?.message && !cell.bad && this.mayEdit(row, col)) parts.push(el("p", { class: "help" }, cell.rule.message));
    if (parts.length && this.grid.inView(row, col)) this.tip.show(this.grid.rect(row, col), "right", ...parts);
    else this.tip.hide();
  }

  private clickLink(e: Event, link: string) {
    e.preventDefault();
    e.stopPropagation();
    this.tip.hide();
    this.go(safeLink(link));
  }

  private complain(p: Problem | null) {
    if (!p) return;
    if (this.grid.inView(p.row, p.col)) {
      this.tip.show(this.grid.rect(p.row, p.col), "right", el("p", { class: "wrong" }, p.message));
      this.tip.hideSoon(7000);
    } else toast(p.message, true);
  }

  // --- editing -----------------------------------------------------------------

  /** begin starts editing the active cell; text is what was typed over it. It offers a list, or says what the cell takes, unless something else is being said. */
  private begin(mode: Editing["mode"], text?: string, help = true): boolean {
    const { row, col } = this.sel;
    if (this.editing) return true;
    const cell = this.sheet.cell(row, col);
    if (!this.mayEdit(row, col)) {
      this.editor.value = "";
      const lock = this.sheet.lock(row, col);
      this.complain({ row, col, message: this.store.mayWrite() ? lockMessage(lock?.note) : t("readOnly") });
      return false;
    }
    if (!this.grid.inView(row, col)) this.grid.bring(row, col);
    this.editing = { tab: this.tab, row, col, mode, was: this.sheet.edit(row, col) };
    this.grid.host(this.editor, row, col);
    this.editor.classList.remove("idle");
    this.editor.className = "editor " + (cell?.style.name ? "c " + cell.style.name : "");
    this.editor.style.maxWidth = this.grid.roomRight(col) + "px";
    if (text !== undefined) {
      if (this.editor.value !== text) this.editor.value = text;
    } else {
      this.editor.value = this.editing.was;
      this.editor.setSelectionRange(this.editor.value.length, this.editor.value.length);
    }
    this.grow();
    this.bar.value = this.editor.value;
    if (!help) return true;
    if (cell?.rule?.kind.startsWith("ONE_OF")) void this.offer(cell);
    else if (cell?.rule?.message) this.tip.show(this.grid.rect(row, col), "right", el("p", { class: "help" }, cell.rule.message));
    else this.tip.hide();
    return true;
  }

  private grow() {
    const e = this.editor;
    e.style.width = e.style.height = "0";
    e.style.width = Math.max(parseFloat(e.style.minWidth), Math.min(e.scrollWidth + 12, parseFloat(e.style.maxWidth || "600"))) + "px";
    e.style.height = Math.max(parseFloat(e.style.minHeight), e.scrollHeight + 2) + "px";
  }

  private endEditing() {
    this.editing = null;
    this.list.hide();
    this.choices = null;
    this.editor.className = "editor idle";
    this.editor.value = "";
    this.editor.style.width = this.editor.style.height = "";
  }

  private cancel() {
    if (!this.editing) return;
    this.endEditing();
    this.showActive();
    this.focus();
  }

  /** commit takes what was typed. Refused by a rule, it is put back to be mended. */
  private async commit(): Promise<void> {
    const e = this.editing;
    if (!e) return;
    const text = document.activeElement === this.bar ? this.bar.value : this.editor.value;
    this.endEditing();
    if (text === e.was) {
      this.showActive();
      return;
    }
    const cell = this.store.sheet(e.tab)?.cell(e.row, e.col) ?? null;
    const problem = await this.store.type(e.tab, e.row, e.col, [[text]]);
    if (problem?.refused) {
      const near = cell?.rule?.list ? nearest(text, await this.optionsOf(e.tab, e.row, e.col, cell)) : undefined;
      if (near !== undefined) problem.message = t("perhaps", text.trim(), near);
      this.mend(e, text);
    }
    this.complain(problem);
  }

  /** mend opens a cell again with the text that its rule refused, so that it is not lost. */
  private mend(e: Editing, text: string) {
    if (this.editing || this.tab !== e.tab || this.editor.value !== "") return;
    this.select(e.row, e.col);
    this.begin("edit", text, false);
  }

  private async optionsOf(tab: number, row: number, col: number, cell: Cell): Promise<string[]> {
    return cell.rule!.kind === "ONE_OF_LIST" ? (cell.rule!.values ?? []) : api.options(this.store.info.id, tab, row, col).catch(() => [] as string[]);
  }

  /** offer opens the list of a cell. */
  private async offer(cell: Cell) {
    const { row, col } = this.sel;
    const all = await this.optionsOf(this.tab, row, col, cell);
    if (!this.editing || this.editing.row !== row || this.editing.col !== col) return;
    this.choices = { all, shown: all, at: -1 };
    this.filter(this.editor.value);
  }

  private filter(text: string) {
    const ch = this.choices;
    if (!this.editing) return;
    if (!ch) {
      const cell = this.sheet.cell(this.editing.row, this.editing.col);
      if (cell?.rule?.kind.startsWith("ONE_OF")) void this.offer(cell);
      return;
    }
    const want = fold(text);
    const same = text === this.editing.was;
    ch.shown = same ? ch.all : ch.all.filter((s) => fold(s).includes(want));
    ch.at = same ? ch.all.indexOf(text) : meant(text, ch.shown);
    this.drawChoices();
  }

  private drawChoices() {
    const ch = this.choices;
    if (!ch || !this.editing) return;
    const items = ch.shown.map((s, i) => {
      const b = el("div", { class: "item" + (i === ch.at ? " on" : ""), role: "option", onpointerdown: (e: Event) => e.preventDefault(), onclick: () => this.choose(s) }, s);
      if (i === ch.at) b.setAttribute("aria-selected", "true");
      return b;
    });
    if (!items.length) items.push(el("div", { class: "none" }, t("nothingFound")));
    this.tip.hide();
    this.list.show(this.grid.rect(this.editing.row, this.editing.col), "below", ...items);
    this.list.node.querySelector(".on")?.scrollIntoView({ block: "nearest" });
  }

  private choose(text: string) {
    if (!this.editing) return;
    this.editor.value = text;
    void this.commit();
    this.focus();
  }

  /** toggle turns a checkbox over. */
  private toggle() {
    const { row, col } = this.sel;
    if (!this.mayEdit(row, col)) {
      this.begin("edit");
      return;
    }
    void this.store.type(this.tab, row, col, [[this.sheet.checked(row, col) ? "FALSE" : "TRUE"]]).then((p) => this.complain(p));
  }

  private isBox(row: number, col: number) {
    return this.sheet.cell(row, col)?.rule?.kind === "BOOLEAN";
  }

  /** erase empties the selected cells. */
  private erase() {
    const a = this.used(this.sel.area);
    const values: Edits = [];
    for (let r = a[0]; r < a[1]; r++) {
      const line: (string | null)[] = [];
      for (let c = a[2]; c < a[3]; c++) line.push(this.sheet.edit(r, c) === "" ? null : "");
      values.push(line);
    }
    if (values.some((l) => l.some((x) => x !== null))) void this.store.type(this.tab, a[0], a[2], values).then((p) => this.complain(p));
    else if (!this.mayEdit(this.sel.row, this.sel.col)) this.begin("enter", "");
  }

  /** used is the part of an area that can hold something. */
  private used(a: Area): Area {
    let rows = a[0];
    let cols = a[2];
    for (let r = a[0]; r < a[1]; r++) {
      const n = this.sheet.rowLength(r);
      if (n > a[2]) {
        rows = r + 1;
        cols = Math.max(cols, Math.min(n, a[3]));
      }
    }
    return [a[0], Math.max(rows, a[0] + 1), a[2], Math.max(cols, a[2] + 1)];
  }

  private async undo(again: boolean) {
    const done = await this.store.undo(again);
    if (!done) return;
    if (done.tab !== this.tab) this.openTab(done.tab);
    this.select(done.row, done.col);
    this.grid.bring(done.row, done.col);
    this.complain(done.problem);
  }

  focus() {
    if (this.pointer === "mouse") this.editor.focus({ preventScroll: true });
    else this.editor.blur();
  }

  // --- moving ------------------------------------------------------------------

  private move(dr: number, dc: number, extend = false, far = false) {
    const { rows, cols } = this.sheet;
    const s = this.sel;
    const m = this.sheet.merge(s.row, s.col) ?? [s.row, s.row + 1, s.col, s.col + 1];
    if (extend) {
      // The corner of the area that is opposite to the active cell moves.
      let r = s.area[0] < m[0] ? s.area[0] : s.area[1] - 1;
      let c = s.area[2] < m[2] ? s.area[2] : s.area[3] - 1;
      if (dr) r = far ? this.edge(r, c, dr, 0)[0] : rows.step(r, dr as 1 | -1);
      if (dc) c = far ? this.edge(r, c, 0, dc)[1] : cols.step(c, dc as 1 | -1);
      const area: Area = [Math.min(m[0], r), Math.max(m[1], r + 1), Math.min(m[2], c), Math.max(m[3], c + 1)];
      this.select(s.row, s.col, area);
      this.grid.bring(r, c);
      return;
    }
    let [r, c] = [s.row, s.col];
    if (far) [r, c] = this.edge(r, c, dr, dc);
    else {
      if (dr) r = rows.step(dr > 0 ? m[1] - 1 : m[0], dr as 1 | -1);
      if (dc) c = cols.step(dc > 0 ? m[3] - 1 : m[2], dc as 1 | -1);
    }
    this.select(r, c);
    this.grid.bring(this.sel.row, this.sel.col);
  }

  /** edge is where Ctrl and an arrow lead: to the end of a block of cells, or to the next one. */
  private edge(r: number, c: number, dr: number, dc: number): [number, number] {
    const axis = dr ? this.sheet.rows : this.sheet.cols;
    const by = (dr || dc) as 1 | -1;
    const full = (i: number) => this.sheet.text(dr ? i : r, dc ? i : c) !== "";
    let i = dr ? r : c;
    let next = axis.step(i, by);
    if (next === i) return [r, c];
    const inBlock = full(i) && full(next);
    i = next;
    while (!(inBlock ? !full(axis.step(i, by)) : full(i))) {
      next = axis.step(i, by);
      if (next === i) break;
      i = next;
    }
    return dr ? [i, c] : [r, i];
  }

  // --- events ------------------------------------------------------------------

  private listen() {
    const g = this.grid.root;
    g.addEventListener("pointerdown", (e) => (this.pointer = e.pointerType || "mouse"), true);
    g.addEventListener("mousedown", (e) => this.press(e));
    g.addEventListener("dblclick", (e) => {
      if (this.pointer !== "mouse" || this.grid.hit(e.clientX, e.clientY).part !== "cell") return;
      if (!this.isBox(this.sel.row, this.sel.col)) this.begin("edit");
    });
    g.addEventListener("click", (e) => this.click(e));
    let hover = 0;
    let over = "";
    g.addEventListener("pointermove", (e) => {
      if (e.pointerType !== "mouse" || this.dragging || this.editing) return;
      const h = this.grid.hit(e.clientX, e.clientY);
      const key = h.part === "cell" ? h.row + "," + h.col : "";
      if (key === over) return;
      over = key;
      clearTimeout(hover);
      hover = window.setTimeout(() => {
        if (this.editing || this.dragging) return;
        const cell = key ? this.sheet.cell(h.row, h.col) : null;
        if (cell && (cell.note || cell.link || cell.bad || cell.error || cell.runs)) this.tell(h.row, h.col, false);
        else if (!this.tip.node.matches(":hover")) this.showActive();
      }, 200);
    });
    g.addEventListener("scroll", () => {
      this.tip.hide();
      if (this.list.shown) this.drawChoices();
    });
    this.editor.addEventListener("keydown", (e) => this.key(e));
    this.editor.addEventListener("input", () => {
      if (!this.editing) {
        if (this.editor.value.trim() === "") this.editor.value = "";
        else this.begin("enter", this.editor.value);
      } else {
        this.grow();
        this.bar.value = this.editor.value;
        this.filter(this.editor.value);
      }
    });
    this.editor.addEventListener("blur", () => {
      setTimeout(() => {
        if (this.editing && document.activeElement !== this.editor && document.activeElement !== this.bar && document.hasFocus()) void this.commit();
      }, 0);
    });
    this.editor.addEventListener("focus", () => !this.editing && this.showActive());
    this.editor.addEventListener("copy", (e) => this.copy(e));
    this.editor.addEventListener("cut", (e) => {
      if (this.copy(e)) this.erase();
    });
    this.editor.addEventListener("paste", (e) => void this.paste(e));
    this.bar.addEventListener("focus", () => {
      if (this.editing) return;
      const { row, col } = this.sel;
      if (this.mayEdit(row, col)) this.editing = { tab: this.tab, row, col, mode: "edit", was: this.sheet.edit(row, col) };
    });
    this.bar.addEventListener("keydown", (e) => this.key(e));
    this.bar.addEventListener("input", () => (this.editor.value = this.bar.value));
    this.bar.addEventListener("blur", () => {
      setTimeout(() => {
        if (this.editing && document.activeElement !== this.editor && document.hasFocus()) void this.commit();
      }, 0);
    });
    this.name.addEventListener("focus", () => this.name.select());
    this.name.addEventListener("blur", () => this.showActive());
    this.name.addEventListener("keydown", (e) => {
      if (e.key === "Escape") {
        this.name.blur();
        this.focus();
      }
      if (e.key !== "Enter") return;
      e.preventDefault(); // else the cell, which gets the focus, would get the line end
      const area = parseArea(this.name.value, this.sheet.tab);
      if (area) {
        this.select(area[0], area[2], area);
        this.grid.bring(area[0], area[2], "middle");
      }
      this.name.blur();
      this.focus();
      this.showActive();
    });
    document.addEventListener("keydown", this.anyKey);
  }

  /** anyKey brings the keyboard back to the grid when it is nowhere. */
  private readonly anyKey = (e: KeyboardEvent) => {
    if (this.root.isConnected && !this.root.hidden && this.command(e)) {
      e.preventDefault();
      return;
    }
    if (!this.root.isConnected || this.root.hidden || document.activeElement !== document.body || e.metaKey || e.altKey) return;
    if (e.key === "Tab" || e.key === "Control" || e.key === "Shift") return;
    this.pointer = "mouse";
    this.editor.focus({ preventScroll: true });
    this.key(e);
  };

  /** command does what keys mean wherever one is on the page. */
  private command(e: KeyboardEvent): boolean {
    if (e.defaultPrevented) return false;
    if ((apple ? e.metaKey : e.ctrlKey) && !e.altKey && !e.shiftKey && e.code === "KeyF" && !this.find.focused) {
      this.search(); // pressed again in the bar, the browser's own search comes
      return true;
    }
    const far = e.altKey !== e.ctrlKey && e.ctrlKey === e.shiftKey; // Alt, or Ctrl and Shift
    if (far && (e.key === "PageDown" || e.key === "PageUp")) {
      this.turn(e.key === "PageDown" ? 1 : -1);
      if (!this.find.focused) this.focus();
      return true;
    }
    return false;
  }

  private press(e: MouseEvent) {
    this.byKeys = false;
    if (this.pointer !== "mouse" || e.button !== 0 || (e.target as Element).closest(".editor, .chart, .groups")) return;
    const box = this.grid.root.getBoundingClientRect();
    if (e.clientX > box.left + this.grid.root.clientWidth || e.clientY > box.top + this.grid.root.clientHeight) return; // a scroll bar
    e.preventDefault();
    const h = this.grid.hit(e.clientX, e.clientY);
    if (this.editing) void this.commit();
    this.tabFrom = null;
    const { tab } = this.sheet;
    const from = e.shiftKey && h.part === "cell" ? { row: this.sel.row, col: this.sel.col } : h;
    const reach = (to: typeof h): Area => {
      const rows = h.part === "col" || h.part === "corner" ? [0, tab.rows] : [Math.min(from.row, to.row), Math.max(from.row, to.row) + 1];
      const cols = h.part === "row" || h.part === "corner" ? [0, tab.cols] : [Math.min(from.col, to.col), Math.max(from.col, to.col) + 1];
      return [rows[0]!, rows[1]!, cols[0]!, cols[1]!];
    };
    const active = { row: h.part === "col" || h.part === "corner" ? 0 : from.row, col: h.part === "row" || h.part === "corner" ? 0 : from.col };
    this.focus();
    this.select(active.row, active.col, reach(h));
    this.dragging = true;
    let last: MouseEvent = e;
    const drag = () => {
      const to = this.grid.hit(last.clientX, last.clientY);
      const area = reach({ ...to, part: h.part });
      if (area.some((x, i) => x !== this.sel.area[i])) this.select(active.row, active.col, area);
    };
    const moved = (m: MouseEvent) => {
      last = m;
      drag();
    };
    const roll = window.setInterval(() => {
      const dx = last.clientX > box.right - 12 ? 24 : last.clientX < box.left + 8 ? -24 : 0;
      const dy = last.clientY > box.bottom - 12 ? 24 : last.clientY < box.top + 8 ? -24 : 0;
      if (!dx && !dy) return;
      this.grid.root.scrollBy(dx, dy);
      drag();
    }, 50);
    const done = () => {
      this.dragging = false;
      clearInterval(roll);
      window.removeEventListener("mousemove", moved);
      window.removeEventListener("mouseup", done);
    };
    window.addEventListener("mousemove", moved);
    window.addEventListener("mouseup", done);
  }

  private click(e: MouseEvent) {
    if ((e.target as Element).closest(".editor, .chart, .groups")) return;
    const h = this.grid.hit(e.clientX, e.clientY);
    const link = (e.target as Element).closest("a");
    if (link) {
      e.preventDefault();
      const href = link.getAttribute("href") ?? "";
      if (e.ctrlKey || e.metaKey || !this.mayEdit(h.row, h.col)) {
        this.go(href);
        return;
      }
    }
    if (h.part !== "cell") return;
    if (this.pointer !== "mouse") {
      const again = h.row === this.sel.row && h.col === this.sel.col;
      if (this.editing && again) return;
      if (this.editing) void this.commit();
      this.select(h.row, h.col);
      if (this.isBox(h.row, h.col)) this.toggle();
      else if (this.mayEdit(h.row, h.col)) {
        this.keyboard(h.row, h.col);
        if (this.begin("edit")) this.editor.focus({ preventScroll: true });
      } else {
        this.editor.blur();
        if (again) this.begin("edit"); // says why not
      }
      return;
    }
    if (e.detail === 1 && !e.shiftKey) {
      const cell = this.sheet.cell(h.row, h.col);
      if (this.isBox(h.row, h.col)) {
        const q = this.grid.rect(h.row, h.col);
        if (Math.abs(e.clientX - q.x - q.w / 2) < 14) this.toggle();
      } else if (cell?.rule?.list && this.grid.overPick(h.row, h.col, e.clientX)) this.begin("edit");
    }
  }

  /** keyboard chooses the keys that a phone shows. */
  private keyboard(row: number, col: number) {
    const cell = this.sheet.cell(row, col);
    const numeric = (cell?.rule?.kind.startsWith("NUMBER") || cell?.kind === "n") && !/\d:\d/.test(cell.rule?.message ?? "") && !this.sheet.edit(row, col).includes(":");
    this.editor.inputMode = numeric ? "decimal" : "text";
  }

  private key(e: KeyboardEvent) {
    this.asked = true;
    if (e.isComposing) return;
    const ctrl = apple ? e.metaKey : e.ctrlKey;
    const stop = () => {
      e.preventDefault();
      e.stopPropagation();
    };
    if (this.editing) {
      this.editKey(e, stop);
      return;
    }
    const arrows: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const arrow = arrows[e.key];
    const { row, col } = this.sel;
    const leaving = this.leaving;
    if (e.key !== "Shift") this.leaving = e.key === "Escape";
    if (arrow && e.altKey) {
      if (e.key === "ArrowDown" && this.sheet.cell(row, col)?.rule?.list) {
        stop();
        this.begin("edit");
      }
      return;
    }
    if (arrow) {
      stop();
      this.tabFrom = null;
      this.byKeys = true;
      this.move(...arrow, e.shiftKey, ctrl);
      return;
    }
    const { tab } = this.sheet;
    const code = ctrl && !e.altKey ? e.code : "";
    switch (code) {
      case "KeyZ":
        stop();
        void this.undo(e.shiftKey);
        return;
      case "KeyY":
        stop();
        void this.undo(true);
        return;
      case "KeyA":
        stop();
        this.select(row, col, [0, tab.rows, 0, tab.cols]);
        return;
    }
    switch (e.key) {
      case "Tab":
        // Behind the last cell of a row, and after Esc, the keyboard goes on to what is beside the grid.
        if (leaving || this.sheet.cols.step(col, e.shiftKey ? -1 : 1) === col) {
          this.tip.hide();
          return;
        }
        stop();
        this.byKeys = true;
        this.tabFrom ??= col;
        this.move(0, e.shiftKey ? -1 : 1);
        return;
      case "Enter":
        stop();
        if (this.isBox(row, col)) this.toggle();
        else this.begin("edit");
        return;
      case " ":
        if (!this.isBox(row, col)) return;
        stop();
        this.toggle();
        return;
      case "F2":
        stop();
        this.begin("edit");
        return;
      case "Delete":
      case "Backspace":
        stop();
        this.erase();
        return;
      case "Escape":
        this.grid.ants(null);
        this.copied = null;
        this.tip.hide();
        return;
      case "Home":
        stop();
        this.select(ctrl ? 0 : row, 0);
        if (ctrl) this.grid.root.scrollTop = 0;
        this.grid.root.scrollLeft = 0;
        this.grid.bring(this.sel.row, 0);
        return;
      case "End": {
        stop();
        let last = Math.max(0, this.sheet.rowLength(row) - 1);
        while (last > 0 && (this.sheet.text(row, last) === "" || this.sheet.cols.sizes[last] === 0)) last--;
        this.select(ctrl ? tab.rows - 1 : row, last);
        this.grid.bring(this.sel.row, last);
        return;
      }
      case "PageDown":
      case "PageUp": {
        if (e.altKey || ctrl) return;
        stop();
        const by = e.key === "PageDown" ? this.grid.page() : -this.grid.page();
        const to = Math.max(0, Math.min(tab.rows - 1, row + by));
        this.select(to, col);
        this.grid.bring(to, col);
        return;
      }
    }
  }

  private editKey(e: KeyboardEvent, stop: () => void) {
    const node = e.target as HTMLTextAreaElement;
    const ch = this.choices;
    if (ch && this.list.shown && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
      stop();
      const n = ch.shown.length;
      if (n) ch.at = (ch.at + (e.key === "ArrowDown" ? 1 : n - 1) + (ch.at < 0 && e.key === "ArrowUp" ? 1 : 0)) % n;
      this.drawChoices();
      return;
    }
    const leave = (dr: number, dc: number) => {
      stop();
      if (ch && this.list.shown && ch.at >= 0 && ch.shown[ch.at] !== undefined) this.editor.value = this.bar.value = ch.shown[ch.at]!;
      void this.commit();
      this.pointer = "mouse";
      this.editor.focus({ preventScroll: true });
      if (dr && this.tabFrom !== null) {
        this.select(this.sel.row, this.tabFrom);
        this.tabFrom = null;
      }
      if (dr || dc) this.move(dr, dc);
    };
    switch (e.key) {
      case "Enter":
        if (e.altKey || e.ctrlKey || e.metaKey) {
          stop();
          node.setRangeText("\n", node.selectionStart, node.selectionEnd, "end");
          node.dispatchEvent(new globalThis.Event("input"));
          return;
        }
        leave(e.shiftKey ? -1 : 1, 0);
        return;
      case "Tab":
        this.tabFrom ??= this.sel.col;
        leave(0, e.shiftKey ? -1 : 1);
        return;
      case "Escape":
        stop();
        this.cancel();
        this.focus();
        return;
      case "F2":
        stop();
        this.editing!.mode = this.editing!.mode === "edit" ? "enter" : "edit";
        return;
      case "ArrowUp":
      case "ArrowDown":
      case "ArrowLeft":
      case "ArrowRight":
        if (this.editing!.mode === "edit" || node === this.bar) return;
        leave(...(({ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] } as const)[e.key] as [number, number]));
    }
  }

  // --- clipboard ---------------------------------------------------------------

  private copy(e: ClipboardEvent): boolean {
    if (this.editing || !e.clipboardData) return false;
    e.preventDefault();
    const a = this.used(this.sel.area);
    const shown: string[][] = [];
    const cells: string[][] = [];
    for (let r = a[0]; r < a[1]; r++) {
      if (this.sheet.rows.sizes[r] === 0) continue;
      const line: string[] = [];
      const inputs: string[] = [];
      for (let c = a[2]; c < a[3]; c++) {
        if (this.sheet.cols.sizes[c] === 0) continue;
        line.push(this.sheet.text(r, c));
        const input = this.sheet.edit(r, c);
        inputs.push(input.startsWith("=") ? this.sheet.text(r, c) : input);
      }
      shown.push(line);
      cells.push(inputs);
    }
    const text = toText(shown);
    e.clipboardData.setData("text/plain", text);
    this.copied = { text, cells };
    this.grid.ants(a);
    return true;
  }

  private async paste(e: ClipboardEvent) {
    if (this.editing || !e.clipboardData) return;
    e.preventDefault();
    const text = e.clipboardData.getData("text/plain");
    if (text === "") return;
    // What was copied here is pasted as it was typed, not as it was shown.
    let block = this.copied?.text === text.replace(/\r\n/g, "\n") ? this.copied.cells : fromText(text);
    const { area, row, col } = this.sel;
    const rows = block.length;
    const cols = Math.max(...block.map((l) => l.length));
    const timesR = (area[1] - area[0]) % rows === 0 ? (area[1] - area[0]) / rows : 1;
    const timesC = (area[3] - area[2]) % cols === 0 ? (area[3] - area[2]) / cols : 1;
    if (rows * cols * timesR * timesC > maxPaste) {
      toast(t("pasteTooBig"), true);
      return;
    }
    const at = { row: Math.min(row, area[0]), col: Math.min(col, area[2]) };
    block = block.map((l) => [...l, ...new Array<string>(cols - l.length).fill("")]);
    const wide = block.map((l) => Array.from({ length: timesC }, () => l).flat());
    const all: Edits = Array.from({ length: timesR }, () => wide).flat();
    this.grid.ants(null);
    const tab = this.tab;
    const grown = await this.store.grow(tab, at.row + all.length, at.col + all[0]!.length);
    if (grown) {
      this.complain({ ...at, message: grown });
      return;
    }
    this.select(at.row, at.col, [at.row, at.row + all.length, at.col, at.col + all[0]!.length]);
    const problem = await this.store.type(tab, at.row, at.col, all, { pasted: true });
    this.complain(problem);
    if (!problem) this.tellBad(tab, at.row, at.col, all);
  }

  /** tellBad counts those of the pasted cells that break a rule: they are kept, and marked. */
  private tellBad(tab: number, row: number, col: number, pasted: Edits) {
    const s = this.store.sheet(tab);
    if (!s) return;
    const bad: string[] = [];
    pasted.forEach((line, i) => line.forEach((_, j) => s.cell(row + i, col + j)?.bad && bad.push(cellName(row + i, col + j))));
    if (!bad.length) return;
    const few = 5;
    toast(t("pastedBad", pasted.length * pasted[0]!.length, bad.length, bad.slice(0, few).join(", ") + (bad.length > few ? "…" : "")), true);
  }
}

/** inside is a selection cut to the size of a tab. */
function inside(s: Selection, sheet: Sheet): [number, number, Area] {
  const r = Math.min(s.row, sheet.tab.rows - 1);
  const c = Math.min(s.col, sheet.tab.cols - 1);
  const a = s.area;
  return [r, c, [Math.min(a[0], r), Math.max(r + 1, Math.min(a[1], sheet.tab.rows)), Math.min(a[2], c), Math.max(c + 1, Math.min(a[3], sheet.tab.cols))]];
}
