// placeholder
import { el } from "./dom.ts";
import type { BookView } from "./book.ts";
export class DayForm {
  readonly root = el("section", { class: "dayform", hidden: true });
  constructor(readonly view: BookView) {}
  fits() { return false; }
  show(yes: boolean) { this.root.hidden = !yes; }
  close() {}
}
