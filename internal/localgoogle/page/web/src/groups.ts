// Which groups of columns somebody has opened or closed: kept in the browser for the
// person, never written into the spreadsheet, which others look at, too.

import { actor } from "./api.ts";
import type { Tab } from "./types.ts";

const place = (file: string, tab: Tab) => `groups ${actor()} ${file} ${tab.id}`;

/** remembered are the groups that were turned, by name, and whether each is closed. */
export function remembered(file: string, tab: Tab): Map<string, boolean> {
  const out = new Map<string, boolean>();
  if (!tab.groups?.length) return out;
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(place(file, tab)) ?? "{}");
    for (const [name, closed] of Object.entries(kept as object)) if (typeof closed === "boolean") out.set(name, closed);
  } catch {
    // not readable, or no storage: they are as the spreadsheet has them
  }
  return out;
}

/** remember keeps them for the next time. */
export function remember(file: string, tab: Tab, turned: Map<string, boolean>) {
  try {
    localStorage.setItem(place(file, tab), JSON.stringify(Object.fromEntries(turned)));
  } catch {
    // no storage: they are remembered until the page is closed
  }
}
