// Charts inside cells: SPARKLINE with the options that matter.

import { svg } from "./dom.ts";
import type { Spark } from "./types.ts";

const colour = (v: unknown, otherwise: string) => (typeof v === "string" && /^(#[0-9a-fA-F]{3,8}|[a-z]+)$/.test(v) ? v : otherwise);
const num = (v: unknown) => (typeof v === "number" && Number.isFinite(v) ? v : undefined);

/** drawSpark draws a line, columns, a bar or wins and losses. */
export function drawSpark(s: Spark, w: number, h: number): SVGSVGElement {
  const o = s.options ?? {};
  const kind = o["charttype"] ?? "line";
  const box = svg("svg", { class: "spark", width: w, height: h, viewBox: `0 0 ${w} ${h}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const given = s.values;
  if (kind === "bar") {
    const values = given.filter((v): v is number => v !== null);
    const max = num(o["max"]) ?? values.reduce((a, b) => a + b, 0);
    let x = 0;
    values.forEach((v, i) => {
      const part = max > 0 ? (Math.max(0, v) / max) * w : 0;
      box.append(svg("rect", { x, y: 0, width: Math.min(part, w - x), height: h, fill: colour(o["color" + ((i % 2) + 1)], i % 2 ? "#a5c2f5" : "#4285f4") }));
      x = Math.min(w, x + part);
    });
    return box;
  }
  const asZero = o["empty"] === "zero";
  const values = given.map((v) => (v === null && asZero ? 0 : v));
  const known = values.filter((v): v is number => v !== null);
  if (known.length === 0) return box;
  const main = colour(o["color"], "#4285f4");
  const high = Math.max(...known);
  const low = Math.min(...known);
  if (kind === "column" || kind === "winloss") {
    const top = num(o["ymax"]) ?? Math.max(0, high);
    const bottom = num(o["ymin"]) ?? Math.min(0, low);
    const span = top - bottom || 1;
    const step = w / values.length;
    const wide = Math.max(1, step * 0.8);
    values.forEach((v, i) => {
      if (v === null || (v === 0 && kind === "winloss")) return;
      const special =
        (v < 0 && o["negcolor"]) || (i === 0 && o["firstcolor"]) || (i === values.length - 1 && o["lastcolor"]) || (v === high && o["highcolor"]) || (v === low && o["lowcolor"]);
      const y = (top - Math.max(0, v)) / span;
      const tall = kind === "winloss" ? 0.5 : Math.abs(v) / span;
      box.append(
        svg("rect", {
          x: i * step + (step - wide) / 2,
          y: kind === "winloss" ? (v > 0 ? 0 : h / 2) : y * h,
          width: wide,
          height: Math.max(tall * h, v === 0 ? 1 : 0.5),
          fill: colour(special, main),
        }),
      );
    });
    return box;
  }
  const top = num(o["ymax"]) ?? high;
  const bottom = num(o["ymin"]) ?? low;
  const span = top - bottom || 1;
  let path = "";
  let pen = false;
  values.forEach((v, i) => {
    if (v === null) {
      pen = false;
      return;
    }
    const x = values.length > 1 ? (i / (values.length - 1)) * (w - 2) + 1 : w / 2;
    const y = h - 1.5 - ((v - bottom) / span) * (h - 3);
    path += `${pen ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = true;
  });
  box.append(svg("path", { d: path, fill: "none", stroke: main, "stroke-width": num(o["linewidth"]) ?? 1.2, "stroke-linejoin": "round" }));
  return box;
}
