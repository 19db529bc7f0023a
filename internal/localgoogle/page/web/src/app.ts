// The page: who one is, which files there are, and the spreadsheet that is open.

import * as api from "./api.ts";
import { BookView } from "./book.ts";
import { toast } from "./bubble.ts";
import { el, icon, safeLink } from "./dom.ts";
import { DayForm } from "./dayform.ts";
import type { Account, BookReply, FileInfo, FilesReply } from "./types.ts";
import { chosenLang, language, speak, t, type Word } from "./words.ts";

const main = el("main");
let view: BookView | undefined;
let form: DayForm | undefined;

const fileId = () => /^\/spreadsheets\/d\/([^/]+)/.exec(location.pathname)?.[1];

/** me is who one was in this browser tab, or "". */
function me(): string {
  const asked = new URLSearchParams(location.search).get("as");
  if (asked) sessionStorage.setItem("as", asked.toLowerCase());
  return asked?.toLowerCase() ?? sessionStorage.getItem("as") ?? "";
}

function become(email: string, path = location.pathname + location.hash) {
  sessionStorage.setItem("as", email);
  const url = new URL(path, location.href);
  url.searchParams.set("as", email);
  const lang = new URLSearchParams(location.search).get("lang");
  if (lang) url.searchParams.set("lang", lang);
  if (url.pathname === location.pathname) {
    history.replaceState(null, "", url);
    void boot();
  } else location.href = url.href;
}

/** go follows a link: inside this spreadsheet, to another one here, or away. */
function go(href: string) {
  if (href.startsWith("#")) {
    if (view?.point(href)) view.focus();
    return;
  }
  const safe = safeLink(href);
  if (!safe) return;
  const u = new URL(safe);
  const id = /^\/spreadsheets\/d\/([^/]+)/.exec(u.pathname)?.[1];
  const here = u.host === location.host || u.host === "docs.google.com" || (u.port === location.port && ["localhost", "127.0.0.1", "[::1]"].includes(u.hostname));
  if (id && here) {
    if (id === fileId()) go(u.hash || "#gid=" + view?.store.info.tabs[0]?.id);
    else location.href = `/spreadsheets/d/${id}${u.search}${u.hash}`;
    return;
  }
  window.open(safe, "_blank", "noopener,noreferrer");
}

async function boot() {
  speak(chosenLang() ?? language());
  view?.close();
  view = undefined;
  form?.close();
  form = undefined;
  document.body.classList.remove("form");
  if (!main.isConnected) document.body.append(main);
  const id = fileId();
  try {
    if (id) await open(id);
    else await home();
  } catch (e) {
    failed(e);
  }
}

// --- a spreadsheet -------------------------------------------------------------

async function open(id: string) {
  api.actAs(me());
  const gid = new URLSearchParams(location.hash.slice(1)).get("gid") ?? undefined;
  // Nobody has said who they are: whose file it is, opens it.
  if (!me()) api.actAs((await api.account(id)).whose?.email ?? "");
  let reply: BookReply;
  try {
    reply = await api.book(id, gid);
  } catch (e) {
    if (e instanceof api.Failure && (e.status === 403 || e.status === 404)) {
      denied(e.status, await api.files());
      return;
    }
    throw e;
  }
  speak(chosenLang() ?? (/^(ru|be|uk|kk)/.test(reply.locale) ? "ru" : "en"));
  document.title = reply.title;
  const phone = matchMedia("(max-width: 600px)").matches;
  view = new BookView(reply, go, () => void boot());
  form = new DayForm(view);
  const switcher = form.fits() ? viewSwitch() : null;
  main.replaceChildren(head(reply, switcher), form.root, view.root);
  // «My day» opens where a link means today's row or nothing in particular: as the address says, as it was chosen last,
  // else to the person who reports there. Whoever has the spreadsheet, or reads it, gets the table.
  const chosen = new URLSearchParams(location.search).get("view") ?? localStorage.getItem("view") ?? (reply.role === "writer" ? "form" : "table");
  const what = chosen === "form" && form.fits() && form.meant(location.hash, phone) ? "form" : "table";
  show(what);
  view.start(location.hash);
  requestAnimationFrame(() =>
    setTimeout(() => {
      performance.mark("shown"); // after the first frame with cells
      void api.account(id).then(({ me }) => named(me), () => {});
    }),
  );
  if (phone) return; // where a field in focus would bring the keyboard up
  if (what === "table") view.focus();
  else form.focus();
}

function viewSwitch(): HTMLElement {
  return el(
    "div",
    { class: "switch", role: "group" },
    el("button", { type: "button", "data-show": "form", onclick: () => choose("form") }, t("form")),
    el("button", { type: "button", "data-show": "table", onclick: () => choose("table") }, t("table")),
  );
}

/** choose shows the form or the table, and so it opens the next time. */
function choose(what: "form" | "table") {
  localStorage.setItem("view", what);
  const url = new URL(location.href); // which may have asked for the other one
  url.searchParams.delete("view");
  history.replaceState(null, "", url);
  show(what);
}

function show(what: "form" | "table") {
  document.body.classList.toggle("form", what === "form");
  view!.root.hidden = what === "form";
  form!.show(what === "form");
  if (what === "table") view!.reveal();
  for (const b of main.querySelectorAll<HTMLElement>("[data-show]")) b.setAttribute("aria-pressed", String(b.dataset["show"] === what));
}

/** named shows the name of the account in the head. */
function named(a: Account | null) {
  const span = main.querySelector(".who span");
  if (a && span) span.textContent = a.name || t(a.kind as Word);
}

function head(reply: BookReply, switcher: HTMLElement | null): HTMLElement {
  const who = el("button", { class: "who", type: "button", title: reply.user }, icon("person"), el("span", {}, short(reply.user)), icon("down"));
  const menu = el("div", { class: "menu", hidden: true });
  who.addEventListener("click", () => void openMenu());
  const openMenu = async () => {
    if (!menu.hidden) {
      menu.hidden = true;
      return;
    }
    const { accounts } = await api.files();
    menu.replaceChildren(el("p", {}, t("whoAreYou")), ...accounts.map((a) => accountButton(a, a.email === reply.user, () => become(a.email))));
    menu.hidden = false;
  };
  document.addEventListener("pointerdown", (e) => {
    if (!(e.target as Element).closest(".menu, .who")) menu.hidden = true;
  });
  menu.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    menu.hidden = true;
    who.focus();
  });
  const save = el("button", { class: "tool save", type: "button", title: t("download") }, icon("save"), el("span", {}, ".xlsx"));
  save.addEventListener("click", () => {
    save.disabled = true;
    api
      .download(reply.id, reply.title)
      .catch((e: unknown) => toast(t("downloadFailed", e instanceof Error ? e.message : String(e)), true))
      .finally(() => (save.disabled = false));
  });
  return el(
    "header",
    { class: "top" },
    el("a", { class: "back", href: "/", title: t("toFiles"), "aria-label": t("toFiles") }, icon("back")),
    el("h1", { title: reply.title }, el("span", { class: "long" }, reply.title), el("span", { class: "brief" }, reply.title.split(" — ").at(-1)!)),
    reply.role === "reader" || reply.role === "commenter" ? el("span", { class: "badge" }, t("reader")) : null,
    el("span", { class: "gap" }),
    switcher,
    el("button", { class: "tool", type: "button", title: t("findKeys"), "aria-label": t("findKeys"), onclick: () => view?.search() }, icon("find")),
    save,
    langButton(),
    el("div", { class: "whobox" }, who, menu),
  );
}

function langButton(): HTMLElement {
  return el(
    "button",
    {
      class: "tool lang",
      type: "button",
      title: t("language"),
      onclick: () => {
        sessionStorage.setItem("lang", language() === "ru" ? "en" : "ru");
        const url = new URL(location.href);
        url.searchParams.delete("lang");
        history.replaceState(null, "", url);
        void boot();
      },
    },
    language() === "ru" ? "EN" : "RU",
  );
}

const short = (email: string) => email.split("@")[0] ?? email;

function accountButton(a: Account, on: boolean, choose: () => void): HTMLElement {
  const title = a.name || t(a.kind as Word);
  return el(
    "button",
    { class: "account" + (on ? " on" : ""), type: "button", "data-email": a.email, onclick: choose },
    el("i", { class: "face " + a.kind, "aria-hidden": "true" }, title.slice(0, 1)),
    el("span", {}, el("b", {}, title), el("small", {}, (a.name ? t(a.kind as Word) + " · " : "") + a.email)),
    on ? icon("check") : null,
  );
}

// --- no spreadsheet ------------------------------------------------------------

function denied(status: number, files: FilesReply) {
  const gone = status === 404;
  document.title = t(gone ? "gone" : "noAccess");
  main.replaceChildren(
    el(
      "section",
      { class: "plain" },
      el("h1", {}, t(gone ? "gone" : "noAccess")),
      el("p", {}, gone ? t("goneHint") : t("noAccessHint", api.actor() || files.owner)),
      gone ? null : el("div", { class: "accounts" }, ...files.accounts.map((a) => accountButton(a, false, () => become(a.email)))),
      el("p", {}, el("a", { href: "/" }, t("toFiles"))),
    ),
  );
}

function failed(e: unknown) {
  main.replaceChildren(
    el(
      "section",
      { class: "plain" },
      el("h1", {}, t("failed")),
      el("p", {}, e instanceof Error ? e.message : String(e)),
      el("button", { class: "main", type: "button", onclick: () => void boot() }, t("again")),
    ),
  );
}

let following: AbortController | undefined;

async function home() {
  api.actAs(me());
  const reply = await api.files();
  document.title = t("files");
  drawHome(reply);
  following?.abort();
  following = new AbortController();
  const { signal } = following;
  let seq = reply.seq;
  void api.listen(
    "",
    signal,
    (e) => {
      if (e.version === seq) return;
      seq = e.version;
      void api.files().then((r) => !signal.aborted && drawHome(r), () => {});
    },
    () => {},
  );
}

function drawHome(reply: FilesReply) {
  const groups: [Word, FileInfo[]][] = [
    ["summary", reply.files.filter((f) => f.kind === "summary")],
    ["control", reply.files.filter((f) => f.kind === "control")],
    ["report", reply.files.filter((f) => f.kind === "report").sort((a, b) => a.name.localeCompare(b.name, "ru"))],
    ["other", reply.files.filter((f) => !["summary", "control", "report"].includes(f.kind))],
  ];
  const when = new Intl.DateTimeFormat(language() === "ru" ? "ru-RU" : "en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const card = (f: FileInfo) =>
    el(
      "a",
      { class: "file " + (f.kind || "other"), href: "/spreadsheets/d/" + f.id },
      icon("table"),
      el("span", {}, el("b", {}, f.name), el("small", {}, `${t("changed")} ${when.format(new Date(f.modified))}${f.role === "reader" ? " · " + t("reader") : ""}`)),
    );
  main.replaceChildren(
    el(
      "section",
      { class: "home" },
      el("header", {}, el("h1", {}, t("files")), langButton()),
      el(
        "aside",
        {},
        el("h2", {}, t("whoAreYou")),
        el("p", {}, t("whoHint")),
        el("div", { class: "accounts" }, ...reply.accounts.map((a) => accountButton(a, a.email === reply.user, () => become(a.email, "/")))),
      ),
      el(
        "div",
        { class: "lists" },
        ...groups.filter(([, list]) => list.length).map(([word, list]) => el("div", {}, el("h2", {}, t(word)), el("div", { class: "files" }, ...list.map(card)))),
        reply.files.length ? null : el("p", {}, t("noFiles")),
      ),
    ),
  );
}

window.addEventListener("hashchange", () => view?.point(location.hash));
void boot();
