// A manager's day on a phone: today's row as a form, with what is left to the plan.
//
// Rows and columns are found by what developer metadata calls them; where that
// tells of no month, there is no form.

import type { BookView } from "./book.ts";
import { toast } from "./bubble.ts";
import { nearClient, same } from "./clients.ts";
import { el, icon } from "./dom.ts";
import type { Sheet } from "./model.ts";
import type { Tab } from "./types.ts";
import { t } from "./words.ts";

/** How the figure of a day stands with the server, as hidden columns of the report tell. */
type Standing = "empty" | "counts" | "waits" | "unread";

interface Field {
  key: string; // of the KPI
  title: string;
  col: number;
  input: HTMLInputElement | HTMLTextAreaElement;
  box: HTMLElement;
  stats: HTMLElement;
  said: HTMLElement;
  required: boolean;
  failed: boolean;
}

export class DayForm {
  readonly root = el("section", { class: "dayform", hidden: true });
  private readonly tab: Tab | undefined;
  private row = 0;
  private fields: Field[] = [];
  private update: () => void = () => {};
  private structure = "";
  private readonly opened = new Set<number>(); // days off that are filled in all the same
  private wanted = false; // the keyboard is to go into the first empty field

  constructor(private readonly view: BookView) {
    const { info } = view.store;
    this.tab = info.kind === "report" && view.store.mayWrite() ? info.tabs.find((x) => monthKey(x) && x.today !== undefined) : undefined;
    if (!this.tab) return;
    this.row = this.tab.today!;
    view.changed.push(() => this.refresh());
    view.saving.push(() => !this.root.hidden && this.update());
    view.following.push(() => {
      if (!this.root.hidden) void view.store.ensure(this.tab!.id, 0, this.tab!.rows);
    });
  }

  fits(): boolean {
    return this.tab !== undefined;
  }

  /** meant tells that the end of a link leads to today's row, or names no tab at all; on a phone, where the form is how one types deals, also that it leads to the list of deals. */
  meant(hash: string, phone: boolean): boolean {
    const q = new URLSearchParams(hash.replace(/^#/, ""));
    if (!this.tab || !q.get("gid")) return true;
    if (phone && q.get("range") && Number(q.get("gid")) === this.dealsTab()?.id) return true;
    const row = /^[A-Z]+(\d+)$/.exec(q.get("range") ?? "")?.[1];
    return Number(q.get("gid")) === this.tab.id && Number(row) === this.tab.today! + 1;
  }

  show(yes: boolean) {
    this.root.hidden = !yes;
    if (!yes || !this.tab) return;
    void this.view.store.ensure(this.tab.id, 0, this.tab.rows).then(() => this.refresh());
    const deals = this.dealsTab();
    if (deals) void this.view.store.ensure(deals.id, 0, deals.rows).then(() => this.refresh());
    const clients = deals && this.clientsTab(deals);
    if (clients) void this.view.store.ensure(clients.id, 0, clients.rows);
    this.refresh();
  }

  /** focus puts the keyboard into the first field that is empty, once the form is there. */
  focus() {
    this.wanted = true;
    this.goToEmpty();
  }

  private goToEmpty() {
    if (!this.wanted || this.root.hidden || !this.fields.length) return;
    this.wanted = false;
    this.fields.find((f) => f.required && !f.input.disabled && f.input.value === "")?.input.focus();
  }

  close() {
    this.root.remove();
  }

  private get sheet(): Sheet | undefined {
    return this.tab && this.view.store.sheet(this.tab.id);
  }

  private dealsTab(): Tab | undefined {
    return this.view.store.info.tabs.find((x) => /(^|\W)deals$/.test(x.key ?? "") && x.colKeys?.["client"] !== undefined && x.colKeys["amount"] !== undefined);
  }

  private clientsTab(deals: Tab): Tab | undefined {
    const key = deals.key!.replace(/deals$/, "clients");
    return this.view.store.info.tabs.find((x) => x.key === key && x.colKeys?.["client"] !== undefined);
  }

  /** names are the clients of a list, each once, as they stand there. */
  private names(tab: Tab | undefined): string[] {
    const s = tab && this.view.store.sheet(tab.id);
    const seen = new Map<string, string>();
    for (let r = firstLine(tab); s && r < s.tab.rows; r++) {
      const name = s.text(r, tab.colKeys!["client"]!).trim();
      if (name && !seen.has(same(name))) seen.set(same(name), name);
    }
    return [...seen.values()];
  }

  private refresh() {
    if (this.root.hidden || !this.sheet) return;
    const now = this.view.store.info.structure + this.row;
    if (now !== this.structure && this.sheet.known(this.row) && !this.root.contains(document.activeElement)) {
      this.structure = now;
      this.build();
    }
    this.update();
    this.goToEmpty();
  }

  private build() {
    const s = this.sheet!;
    const tab = s.tab;
    const keys = Object.entries(tab.colKeys ?? {})
      .filter(([, c]) => (s.cols.sizes[c] ?? 0) > 0)
      .sort((a, b) => a[1] - b[1]);
    const first = (tab.rowKeys?.["hint"] ?? tab.rowKeys?.["head"] ?? 0) + 1;
    const head = tab.rowKeys?.["head"] ?? 0;
    const today = tab.today ?? this.row;
    const date = s.text(this.row, tab.colKeys?.["date"] ?? 0);
    const when = this.row === today ? `${t("today")}, ${date}` : this.row === today - 1 ? `${t("yesterday")}, ${date}` : date;
    const step = (by: number, name: "prevDay" | "nextDay", sign: "back" | "next") => {
      const to = this.row + by;
      const b = el("button", { type: "button", class: "step", "aria-label": t(name), onclick: () => this.turn(to) }, icon(sign));
      b.disabled = to < first || to > today;
      return b;
    };
    const state = el("p", { class: "state", role: "status" });
    this.fields = [];
    const typed: HTMLElement[] = [];
    const counted: { node: HTMLElement; col: number }[] = [];
    for (const [key, col] of keys) {
      const title = s.text(head, col);
      if (key.startsWith("kpi:")) typed.push(this.field(key.slice("kpi:".length), col, title, true));
      else if (key.startsWith("calc:")) {
        const node = el("div", { class: "tile" }, el("small", {}, title), el("b", {}), el("span", { class: "stats" }));
        counted.push({ node, col });
      }
    }
    const deals = this.dealsTab();
    if (deals) typed.push(this.dealForm(deals));
    const comment = tab.colKeys?.["comment"];
    if (comment !== undefined && (s.cols.sizes[comment] ?? 0) > 0) typed.push(this.field("", comment, s.text(head, comment), false));
    const fields = el("div", { class: "fields" }, ...typed);
    const anyway = el("button", { type: "button", class: "main anyway", hidden: true }, t("fillAnyway"));
    anyway.addEventListener("click", () => {
      this.opened.add(this.row);
      this.update();
      fields.querySelector<HTMLElement>("input, textarea")?.focus();
    });
    this.root.replaceChildren(
      el("div", { class: "day" }, step(-1, "prevDay", "back"), el("div", {}, el("h2", {}, when), state), step(1, "nextDay", "next")),
      anyway,
      fields,
      counted.length ? el("div", { class: "tiles" }, ...counted.map((x) => x.node)) : "",
    );
    this.update = () => {
      const now = this.sheet;
      if (!now) return;
      for (const f of this.fields) this.fill(f, now);
      for (const { node, col } of counted) {
        node.querySelector("b")!.textContent = now.text(this.row, col) || "—";
        this.stats(node.querySelector(".stats")!, now, col);
      }
      const off = this.off(now, deals !== undefined);
      anyway.hidden = !off;
      fields.hidden = off;
      const [text, cls] = this.state(now, deals !== undefined);
      state.className = "state " + cls;
      state.textContent = text;
    };
  }

  /**
   * state is what the heading says of the day, with its look. Reported is only what the
   * server has and the program understood: what else there is to say comes first.
   */
  private state(s: Sheet, deals: boolean): [string, string] {
    const typed = this.fields.filter((f) => f.required);
    const open = typed.filter((f) => !s.lock(this.row, f.col));
    const { online, pending } = this.view.store;
    const failed = this.fields.filter((f) => f.failed);
    if (failed.length) return [t("dayNotSaved", titles(failed)), "wrong"];
    if (!online) return [t(pending ? "dayKept" : "dayOffline"), "wrong"];
    if (pending) return [t("saving"), ""];
    const standing = new Map(typed.map((f) => [f, this.standing(s, f)]));
    const of = (want: Standing) => typed.filter((f) => standing.get(f) === want);
    const unread = of("unread");
    if (unread.length) return [t("dayUnread", titles(unread)), "wrong"];
    if (of("waits").length) return [t("dayWaits", titles(of("waits"))), ""];
    const free = this.free(s);
    const empty = open.filter((f) => standing.get(f) === "empty");
    if (free && empty.length === open.length) return [this.row === s.tab.today ? t("todayFree", free.toLowerCase()) : t("notNeeded", free), ""];
    if (!open.length) return [deals && !typed.length ? "" : t("dayClosed"), ""];
    if (empty.length && !free) return [t("notReported", empty.length), ""];
    return [t("reported"), "done"];
  }

  /** standing tells what became of the figure of a day. */
  private standing(s: Sheet, f: Field): Standing {
    const cell = s.cell(this.row, f.col);
    if (s.text(this.row, f.col).trim() === "") return "empty";
    if (s.typed.has(this.row + "," + f.col)) return "waits";
    if (cell?.bad || cell?.kind === "e") return "unread";
    const col = s.tab.colKeys?.["counted:" + f.key];
    if (col === undefined) return "counts"; // nothing tells more
    const counted = s.cell(this.row, col);
    return counted?.kind === "n" ? "counts" : counted?.text ? "waits" : "unread"; // read, it counts as nothing
  }

  /** off tells that a day is one on which nothing is asked for, nothing is typed, and something could be. */
  private off(s: Sheet, deals: boolean): boolean {
    if (!this.free(s) || this.opened.has(this.row) || this.fields.some((f) => f.failed || s.text(this.row, f.col) !== "")) return false;
    return deals || this.fields.some((f) => f.required && !s.lock(this.row, f.col));
  }

  /** free is the word for a day on which nothing is asked for; empty: it is a working day. */
  private free(s: Sheet): string {
    const col = s.tab.colKeys?.["w"];
    const weight = col === undefined ? null : s.cell(this.row, col);
    if (weight?.kind !== "n" || Number(weight.text.replace(",", ".")) !== 0) return "";
    return s.cell(this.row, s.tab.colKeys?.["date"] ?? 0)?.note || t("dayOff");
  }

  private turn(row: number) {
    (document.activeElement as HTMLElement | null)?.blur();
    this.row = row;
    this.structure = "";
    void this.view.store.ensure(this.tab!.id, row, row + 1).then(() => this.refresh());
    this.refresh();
  }

  private field(key: string, col: number, title: string, number: boolean): HTMLElement {
    const s = this.sheet!;
    const rule = s.cell(this.row, col)?.rule;
    const clock = /\d:\d\d/.test(rule?.message ?? "");
    const id = "field" + col;
    const input = number
      ? el("input", { id, type: "text", inputmode: clock ? "numeric" : "decimal", autocomplete: "off", enterkeyhint: "next", placeholder: clock ? "0:00" : "—" })
      : el("textarea", { id, rows: 2, autocapitalize: "sentences" });
    const said = el("p", { class: "said" });
    const stats = el("p", { class: "stats" });
    const box = el("div", { class: "field" + (number ? "" : " wide"), "data-col": col }, el("label", { for: id }, title), input, stats, said);
    const f: Field = { key, title, col, input, box, stats, said, required: number, failed: false };
    this.fields.push(f);
    input.addEventListener("focus", () => {
      if (!f.failed) input.value = this.sheet!.edit(this.row, col);
      if (number) input.select();
      if (rule?.message && !f.failed) said.textContent = rule.message;
    });
    if (clock) {
      input.addEventListener("input", () => {
        const digits = input.value.replace(/\D/g, "").slice(0, 6);
        input.value = digits.replace(/\B(?=(\d\d)+$)/g, ":");
      });
    }
    input.addEventListener("blur", () => void this.save(f));
    input.addEventListener("keydown", (e) => {
      if ((e as KeyboardEvent).key !== "Enter" || (!number && !(e as KeyboardEvent).ctrlKey)) return;
      e.preventDefault();
      const next = this.fields[this.fields.indexOf(f) + 1];
      if (next) next.input.focus();
      else input.blur();
    });
    return box;
  }

  private async save(f: Field) {
    const s = this.sheet!;
    const text = f.input.value.trim();
    f.said.textContent = "";
    f.said.className = "said";
    if (text === s.edit(this.row, f.col)) {
      f.failed = false;
      this.update();
      return;
    }
    const problem = await this.view.store.type(this.tab!.id, this.row, f.col, [[text]]);
    f.failed = problem !== null;
    if (problem) {
      f.input.value = text;
      f.said.textContent = problem.message;
      f.said.className = "said wrong";
    }
    this.update();
  }

  /** fill shows what the row holds, but never over what is being typed. */
  private fill(f: Field, s: Sheet) {
    const locked = !!s.lock(this.row, f.col);
    f.input.disabled = locked;
    const cell = s.cell(this.row, f.col);
    const text = s.text(this.row, f.col);
    const busy = s.typed.has(this.row + "," + f.col);
    const how = f.required ? this.standing(s, f) : text === "" ? "empty" : "counts";
    const wrong = how === "unread";
    if (document.activeElement !== f.input && !f.failed) {
      if (f.input.value !== text) f.input.value = text;
      const note = cell?.note || (cell?.bad && cell.rule?.message) || t("notUnderstood");
      const said = busy ? (this.view.store.online ? "" : t("kept")) : wrong ? note : how === "waits" ? t("waits") : (cell?.note ?? "");
      if (f.said.textContent !== said) f.said.textContent = said;
      f.said.className = "said" + (wrong ? " wrong" : "");
      f.input.setAttribute("aria-invalid", String(wrong));
    }
    f.box.classList.toggle("unread", wrong && !f.failed);
    f.box.classList.toggle("filled", how === "counts" && !busy && !f.failed);
    f.box.classList.toggle("busy", busy);
    if (f.required) this.stats(f.stats, s, f.col);
  }

  /** stats says what is left today and how the month stands: what is needed, left, fact of plan. */
  private stats(node: HTMLElement, s: Sheet, col: number) {
    const of = (key: string) => {
      const r = s.tab.rowKeys?.[key];
      const text = r === undefined ? "" : s.text(r, col);
      return text === "—" ? "" : text;
    };
    const value = (key: string) => {
      const r = s.tab.rowKeys?.[key];
      return r !== undefined && s.cell(r, col)?.kind === "n" ? s.text(r, col) : "";
    };
    const light = of("light");
    const chip = light && el("span", { class: "chip" }, light);
    const look = s.cell(s.tab.rowKeys?.["light"] ?? -1, col)?.style;
    if (chip && look?.bg) chip.style.background = look.bg;
    if (chip && look?.fg) chip.style.color = look.fg;
    const zero = (text: string) => /^0([.,:0]*)?(\D|$)/.test(text);
    const needed = value("needed") ? (zero(value("needed")) ? "" : t("needed", value("needed"))) : of("needed");
    const rest = [];
    // What is left today says more than what is needed on any day.
    const today = this.row === s.tab.today ? (value("today") ? t("leftToday", value("today")) : of("today")) : "";
    if (today && needed) rest.push(needed);
    if (value("left") && !zero(value("left"))) rest.push(t("left", value("left")));
    if (value("fact") && value("plan")) rest.push(t("planOf", value("fact"), value("plan")));
    node.replaceChildren(...(chip ? [chip] : []), ...(today || needed ? [el("b", { class: today && !value("today") ? "met" : "" }, today || needed)] : []), ...(rest.length ? [el("span", {}, rest.join(" · "))] : []));
  }

  // --- deals -------------------------------------------------------------------

  private dealForm(tab: Tab): HTMLElement {
    const col = { date: tab.colKeys!["date"] ?? 0, client: tab.colKeys!["client"]!, amount: tab.colKeys!["amount"]! };
    const [y, m, d] = this.view.store.info.today.split("-");
    const ru = this.view.store.info.locale.startsWith("ru");
    const day = ru ? `${d}.${m}.${y}` : `${y}-${m}-${d}`;
    const names = el("datalist", { id: "clients" });
    const date = el("input", { type: "text", id: "dealdate", value: day, inputmode: ru ? "decimal" : "text", autocomplete: "off" });
    const client = el("input", { type: "text", id: "dealclient", list: "clients", autocomplete: "off", enterkeyhint: "next" });
    const amount = el("input", { type: "text", id: "dealamount", inputmode: "decimal", autocomplete: "off", enterkeyhint: "done" });
    const add = el("button", { type: "submit", class: "main" }, t("add"));
    const said = el("p", { class: "said", role: "status" });
    // Repeat purchases are told by the name alone: one that is nearly another is asked back.
    const question = el("div", { class: "ask", role: "status", hidden: true });
    let meant = ""; // the name that was said to be right as it is
    const known = () => {
      const clients = this.names(this.clientsTab(tab));
      return clients.length ? clients : this.names(tab);
    };
    const asks = (): boolean => {
      const name = client.value.trim();
      const near = same(name) === meant ? undefined : nearClient(name, known());
      question.hidden = near === undefined;
      if (near === undefined) return false;
      const answer = (text: string, value: string) =>
        el("button", { type: "button", onclick: () => {
          client.value = value;
          meant = same(value);
          question.hidden = true;
          (amount.value.trim() ? add : amount).focus();
        } }, text);
      question.replaceChildren(el("span", {}, t("nearClient", near)), answer(t("isClient", near), near), answer(t("otherClient", name), name));
      return true;
    };
    client.addEventListener("change", asks);
    client.addEventListener("focus", () => {
      const all = new Map([...this.names(tab), ...this.names(this.clientsTab(tab))].map((x) => [same(x), x]));
      names.replaceChildren(...[...all.values()].map((x) => el("option", { value: x })));
    });
    const form = el(
      "form",
      { class: "field deal", autocomplete: "off" },
      el("h3", {}, t("newDeal")),
      el("label", { for: "dealdate" }, t("date")),
      date,
      el("label", { for: "dealclient" }, t("client")),
      client,
      question,
      el("label", { for: "dealamount" }, t("amount")),
      amount,
      names,
      add,
      said,
    );
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      if (client.value.trim() === "") client.focus();
      else if (amount.value.trim() === "") amount.focus();
      else if (!asks()) void send();
    });
    const send = async () => {
      add.disabled = true;
      await this.view.store.ensure(tab.id, 0, tab.rows);
      const s = this.view.store.sheet(tab.id)!;
      let row = firstLine(tab);
      for (let r = row; r < s.tab.rows; r++) if ([col.date, col.client, col.amount].some((c) => s.text(r, c) !== "")) row = r + 1;
      const from = Math.min(col.date, col.client, col.amount);
      const line = new Array<string | null>(Math.max(col.date, col.client, col.amount) - from + 1).fill(null);
      line[col.date - from] = date.value.trim();
      line[col.client - from] = asText(client.value.trim());
      line[col.amount - from] = amount.value.trim();
      const problem = await this.view.store.type(tab.id, row, from, [line]);
      add.disabled = false;
      said.className = "said" + (problem ? " wrong" : "");
      said.textContent = problem ? problem.message : "";
      if (problem) return;
      toast(t("added", client.value.trim(), amount.value.trim()));
      client.value = amount.value = meant = "";
      client.focus();
    };
    return form;
  }
}

const titles = (fields: Field[]) => fields.map((f) => "«" + f.title + "»").join(", ");

/** firstLine is the row below the heading of a list. */
const firstLine = (tab: Tab | undefined) => (tab?.rowKeys?.["head"] ?? 0) + 1;

const monthKey = (x: Tab) => /(^|\W)month:\d/.test(x.key ?? "") && (x.colKeys?.["date"] ?? -1) >= 0;

/** asText keeps a name from being taken for a formula or a number. */
const asText = (s: string) => (/^[=+\-'@\d]/.test(s) ? "'" + s : s);
