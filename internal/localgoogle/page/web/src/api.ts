// Calls of the server: the page's own JSON for reading, the public API for writing.

import type { Block, BookReply, Chart, AccountReply, FilesReply, FindReply, Refusal } from "./types.ts";
import { t } from "./words.ts";

/** Failure is an answer that is not a success. Status 0: no answer at all. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

let user = "";

/** actAs says as whom calls are made from now on. */
export function actAs(email: string) {
  user = email;
}

export const actor = () => user;

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (user) headers.set("Authorization", "Bearer " + user);
  let res: Response;
  try {
    res = await fetch(path, { ...init, headers, cache: "no-store" });
  } catch (e) {
    if (init.signal?.aborted) throw e;
    throw new Failure(0, t("offline"));
  }
  if (res.ok) return res;
  let message = res.statusText;
  try {
    message = (await res.json()).error.message;
  } catch {
    // no JSON: the status says it all
  }
  throw new Failure(res.status, message);
}

const json = async <T>(path: string, init?: RequestInit): Promise<T> => (await call(path, init)).json() as Promise<T>;

const sheet = (id: string) => "/_page/sheet/" + encodeURIComponent(id);

export const files = () => json<FilesReply>("/_page/files");

export const account = (id: string) => json<AccountReply>("/_page/account?file=" + encodeURIComponent(id));

export const book = (id: string, tab?: string | number) => json<BookReply>(sheet(id) + (tab !== undefined ? "?tab=" + tab : ""));

export const cells = (id: string, tab: number, from: number, to: number) => json<Block>(`${sheet(id)}/cells?tab=${tab}&from=${from}&to=${to}`);

export const charts = async (id: string, tab: number) => (await json<{ charts: Chart[] }>(`${sheet(id)}/charts?tab=${tab}`)).charts;

/** find looks for a text; hidden are the columns that are not shown, if that is otherwise than the spreadsheet has it. */
export const find = (id: string, tab: number, text: string, hidden?: number[]) =>
  json<FindReply>(`${sheet(id)}/find?tab=${tab}&text=${encodeURIComponent(text)}${hidden ? "&hidden=" + hidden.join() : ""}`);

export const options = async (id: string, tab: number, row: number, col: number) =>
  (await json<{ options: string[] }>(`${sheet(id)}/options?tab=${tab}&row=${row}&col=${col}`)).options;

export const refusals = async (id: string, tab: number, edits: { row: number; col: number; text: string }[]) =>
  (await json<{ refusals: Refusal[] }>(sheet(id) + "/refuse", { method: "POST", body: JSON.stringify({ tab, edits }) })).refusals;

/** write types texts into cells, as a person would; null leaves a cell as it is. */
export async function write(id: string, range: string, values: (string | null)[][]): Promise<void> {
  await call(`/v4/spreadsheets/${encodeURIComponent(id)}/values/${encodeURIComponent(range)}?valueInputOption=USER_ENTERED`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ values }),
  });
}

/** change makes changes of a spreadsheet's structure, as requests of the public API. */
export async function change(id: string, requests: object[]): Promise<void> {
  await call(`/v4/spreadsheets/${encodeURIComponent(id)}:batchUpdate`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ requests }),
  });
}

/** download saves the spreadsheet as .xlsx. */
export async function download(id: string, name: string): Promise<void> {
  const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  const res = await call(`/drive/v3/files/${encodeURIComponent(id)}/export?mimeType=${encodeURIComponent(kind)}`);
  const url = URL.createObjectURL(await res.blob());
  const a = document.createElement("a");
  a.href = url;
  a.download = name.replace(/[\\/:*?"<>|\u0000-\u001f]/g, "_") + ".xlsx";
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export interface Event {
  version: number;
  structure?: string;
  today?: string;
  gone?: boolean;
}

/**
 * listen follows what changes in a spreadsheet (or, with "", in the list of files)
 * until the signal ends it. A hidden browser tab does not listen: it would take one
 * of the few connections that a browser makes to a server.
 */
export async function listen(id: string, signal: AbortSignal, heard: (e: Event) => void, connected: (yes: boolean) => void): Promise<void> {
  let wait = 300;
  while (!signal.aborted) {
    if (document.hidden) await once(document, "visibilitychange", signal);
    if (signal.aborted) return;
    const pause = new AbortController();
    const stop = () => pause.abort();
    const hide = () => document.hidden && stop();
    signal.addEventListener("abort", stop);
    document.addEventListener("visibilitychange", hide);
    try {
      const res = await call(id ? sheet(id) + "/events" : "/_page/events", { signal: pause.signal });
      connected(true);
      wait = 300;
      await read(res.body!, heard);
    } catch (e) {
      if (e instanceof Failure && (e.status === 403 || e.status === 404)) {
        heard({ version: 0, gone: true });
        return;
      }
      if (!pause.signal.aborted) connected(false);
    } finally {
      signal.removeEventListener("abort", stop);
      document.removeEventListener("visibilitychange", hide);
    }
    if (signal.aborted || pause.signal.aborted) continue;
    connected(false);
    await new Promise((done) => setTimeout(done, wait));
    wait = Math.min(wait * 2, 5000);
  }
}

function once(target: EventTarget, name: string, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    target.addEventListener(name, () => done(), { once: true });
    signal.addEventListener("abort", () => done(), { once: true });
  });
}

async function read(body: ReadableStream<Uint8Array>, heard: (e: Event) => void): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = parts.pop()!;
    for (const part of parts) if (part.startsWith("data: ")) heard(JSON.parse(part.slice(6)) as Event);
  }
}
