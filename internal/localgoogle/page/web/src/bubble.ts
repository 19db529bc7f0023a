// Small windows beside a cell: notes, messages, links, lists to choose from.

import { el } from "./dom.ts";
import type { Rect } from "./grid.ts";

export class Bubble {
  readonly node: HTMLElement;
  private timer = 0;

  constructor(cls: string) {
    this.node = el("div", { class: "bubble " + cls, hidden: true, role: cls === "list" ? "listbox" : "status" });
    document.body.append(this.node);
  }

  get shown() {
    return !this.node.hidden;
  }

  /** show puts the children beside a cell: right of it, else below, else above. */
  show(at: Rect, side: "right" | "below", ...children: (Node | string)[]) {
    clearTimeout(this.timer);
    this.node.replaceChildren(...children);
    this.node.hidden = false;
    this.node.style.left = this.node.style.top = "0";
    const { offsetWidth: w, offsetHeight: h } = this.node;
    const vw = document.documentElement.clientWidth;
    const vh = window.visualViewport?.height ?? window.innerHeight;
    let x = at.x + at.w + 6;
    let y = at.y;
    if (side === "below" || x + w > vw - 6) {
      x = at.x;
      y = at.y + at.h + 4;
      if (y + h > vh - 6 && at.y - h - 4 > 0) y = at.y - h - 4;
    }
    this.node.style.left = Math.round(Math.max(6, Math.min(x, vw - w - 6))) + "px";
    this.node.style.top = Math.round(Math.max(6, Math.min(y, vh - h - 6))) + "px";
  }

  hide() {
    clearTimeout(this.timer);
    this.node.hidden = true;
  }

  hideSoon(ms: number) {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => (this.node.hidden = true), ms);
  }
}

let toastNode: HTMLElement | undefined;
let toastTimer = 0;

/** toast says something at the bottom of the window for a while. */
export function toast(text: string, bad = false) {
  toastNode ??= document.body.appendChild(el("div", { class: "toast", role: "status" }));
  toastNode.textContent = text;
  toastNode.classList.toggle("wrong", bad);
  toastNode.classList.add("on");
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => toastNode!.classList.remove("on"), 5000);
}
