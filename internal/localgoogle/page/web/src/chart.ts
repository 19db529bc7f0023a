// Charts over the cells, drawn from what the server says of them.

import { el, svg } from "./dom.ts";
import type { Chart, Series } from "./types.ts";
import { language } from "./words.ts";

const palette = ["#4285f4", "#ea4335", "#fbbc04", "#34a853", "#ff6d01", "#46bdc6", "#7baaf7", "#f07b72"];

/** niceTicks are round numbers that cover a span. */
export function niceTicks(low: number, high: number, count: number): number[] {
  if (low === high) high = low + 1;
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw) ?? raw;
  const from = Math.floor(low / step + 1e-9);
  const to = Math.ceil(high / step - 1e-9);
  return Array.from({ length: to - from + 1 }, (_, i) => (from + i) * step);
}

function label(v: number, format: string | undefined): string {
  const locale = language() === "ru" ? "ru-RU" : "en-US";
  if (format === "PERCENT") return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }).format(v);
  if (format === "TIME") {
    const minutes = Math.round(v * 1440);
    return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
  }
  if (Math.abs(v) >= 100_000) return new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 2 }).format(v);
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(v);
}

/** drawChart is a chart as an element of its size. */
export function drawChart(ch: Chart): HTMLElement {
  const node = el("figure", { class: "chart", "data-chart": ch.id, style: { width: ch.width + "px", height: ch.height + "px" } });
  const colours = ch.series.map((s, i) => s.color || palette[i % palette.length]!);
  const legend = ch.legend !== "NO_LEGEND" && (ch.series.length > 1 || ch.legend === "BOTTOM_LEGEND");
  if (ch.title) node.append(el("figcaption", {}, ch.title));
  const height = ch.height - (ch.title ? 34 : 12) - (legend ? 26 : 6);
  node.append(ch.type === "BAR" ? bars(ch, colours, ch.width, height) : plot(ch, colours, ch.width, height));
  if (legend) {
    node.append(
      el(
        "div",
        { class: "legend" },
        ...ch.series.map((s, i) => {
          const key = el("i", { class: kindOf(ch, s) === "LINE" ? "line" : "" });
          key.style.background = colours[i]!;
          return el("span", {}, key, s.name);
        }),
      ),
    );
  }
  return node;
}

const kindOf = (ch: Chart, s: Series) => (ch.type === "COMBO" ? s.type || "COLUMN" : ch.type);

function bounds(ch: Chart): [number, number] {
  let low = 0;
  let high = 0;
  const n = Math.max(ch.domain.length, ...ch.series.map((s) => s.values.length));
  for (let i = 0; i < n; i++) {
    let up = 0;
    let down = 0;
    for (const s of ch.series) {
      const v = s.values[i];
      if (v === null || v === undefined) continue;
      if (ch.stacked && kindOf(ch, s) !== "LINE") {
        if (v >= 0) up += v;
        else down += v;
      } else {
        high = Math.max(high, v);
        low = Math.min(low, v);
      }
    }
    high = Math.max(high, up);
    low = Math.min(low, down);
  }
  return [low, high];
}

function plot(ch: Chart, colours: string[], width: number, height: number): SVGSVGElement {
  const ticks = niceTicks(...bounds(ch), Math.max(2, Math.floor(height / 48)));
  const low = ticks[0]!;
  const high = ticks.at(-1)!;
  const texts = ticks.map((v) => label(v, ch.series[0]?.format));
  const left = 14 + Math.max(...texts.map((s) => s.length)) * 6.3;
  const right = 16;
  const top = 8;
  const bottom = 22;
  const w = width - left - right;
  const h = height - top - bottom;
  const n = Math.max(1, ch.domain.length);
  const slot = w / n;
  const x = (i: number) => left + slot * (i + 0.5);
  const y = (v: number) => top + h - ((v - low) / (high - low)) * h;
  const box = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": ch.title ?? "" });
  ticks.forEach((v, i) => {
    box.append(
      svg("line", { x1: left, x2: width - right, y1: y(v), y2: y(v), class: v === 0 ? "axis" : "rule" }),
      svg("text", { x: left - 7, y: y(v) + 4, "text-anchor": "end" }, texts[i]!),
    );
  });
  const widest = Math.max(1, ...ch.domain.map((d) => d.length)) * 6.2 + 10;
  const every = Math.max(1, Math.ceil(widest / slot));
  ch.domain.forEach((d, i) => {
    // The last one is always named; those that would touch it give way.
    if ((n - 1 - i) % every !== 0) return;
    const half = d.length * 3.1;
    const at = Math.min(Math.max(x(i), half + 4), width - half - 4);
    box.append(svg("text", { x: at, y: height - 6, "text-anchor": "middle" }, d));
  });

  const columns = ch.series.filter((s) => kindOf(ch, s) === "COLUMN");
  const groups = ch.stacked ? 1 : Math.max(1, columns.length);
  const bar = Math.min(46, (slot * 0.7) / groups);
  const upTo = new Array<number>(n).fill(0);
  const downTo = new Array<number>(n).fill(0);
  const areaBase = new Array<number>(n).fill(0);
  let nth = 0;
  ch.series.forEach((s, si) => {
    const kind = kindOf(ch, s);
    const tip = (i: number) => svg("title", {}, `${ch.domain[i] ?? ""} — ${s.name}: ${s.texts[i] ?? ""}`);
    if (kind === "COLUMN") {
      s.values.forEach((v, i) => {
        if (v === null || i >= n) return;
        const base = ch.stacked ? (v >= 0 ? upTo : downTo)[i]! : 0;
        const end = base + v;
        if (ch.stacked) (v >= 0 ? upTo : downTo)[i] = end;
        const left = x(i) - (bar * groups) / 2 + (ch.stacked ? 0 : nth * bar);
        const yTop = Math.min(y(base), y(end));
        box.append(svg("rect", { x: left, y: yTop, width: Math.max(1, bar - 1), height: Math.max(0.5, Math.abs(y(base) - y(end))), fill: colours[si]! }, tip(i)));
      });
      nth++;
      return;
    }
    if (kind === "AREA" || kind === "STEPPED_AREA") {
      const tops = s.values.slice(0, n).map((v, i) => (ch.stacked ? areaBase[i]! : 0) + (v ?? 0));
      const forth = tops.map((v, i) => `${x(i).toFixed(1)},${y(v).toFixed(1)}`);
      const back = tops.map((_, i) => `${x(i).toFixed(1)},${y(ch.stacked ? areaBase[i]! : Math.max(0, low)).toFixed(1)}`).reverse();
      box.append(svg("polygon", { points: [...forth, ...back].join(" "), fill: colours[si]!, "fill-opacity": ch.stacked ? 0.75 : 0.25 }));
      box.append(svg("polyline", { points: forth.join(" "), fill: "none", stroke: colours[si]!, "stroke-width": 2 }));
      if (ch.stacked) tops.forEach((v, i) => (areaBase[i] = v));
      return;
    }
    let path = "";
    let pen = false;
    s.values.forEach((v, i) => {
      if (v === null || i >= n) {
        pen = false;
        return;
      }
      path += `${pen ? "L" : "M"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
      pen = true;
    });
    if (kind !== "SCATTER") box.append(svg("path", { d: path, fill: "none", stroke: colours[si]!, "stroke-width": 2.2, "stroke-linejoin": "round", "stroke-linecap": "round" }));
    s.values.forEach((v, i) => {
      if (v !== null && i < n) box.append(svg("circle", { cx: x(i), cy: y(v), r: 3, fill: colours[si]!, class: "dot" }, tip(i)));
    });
  });
  return box;
}

function bars(ch: Chart, colours: string[], width: number, height: number): SVGSVGElement {
  const left = Math.min(width * 0.4, 16 + Math.max(1, ...ch.domain.map((d) => d.length)) * 6.3);
  const right = 20;
  const bottom = 22;
  const w = width - left - right;
  const h = height - bottom - 4;
  const ticks = niceTicks(...bounds(ch), Math.max(2, Math.floor(w / 90)));
  const low = ticks[0]!;
  const high = ticks.at(-1)!;
  const x = (v: number) => left + ((v - low) / (high - low)) * w;
  const n = Math.max(1, ch.domain.length);
  const slot = h / n;
  const groups = ch.stacked ? 1 : Math.max(1, ch.series.length);
  const bar = Math.min(28, (slot * 0.7) / groups);
  const box = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": ch.title ?? "" });
  for (const v of ticks) {
    box.append(
      svg("line", { x1: x(v), x2: x(v), y1: 4, y2: 4 + h, class: v === 0 ? "axis" : "rule" }),
      svg("text", { x: x(v), y: height - 6, "text-anchor": "middle" }, label(v, ch.series[0]?.format)),
    );
  }
  const fits = Math.max(3, Math.floor((left - 14) / 6.3));
  ch.domain.forEach((d, i) => {
    const short = d.length > fits ? d.slice(0, fits - 1) + "…" : d;
    box.append(svg("text", { x: left - 7, y: 8 + slot * (i + 0.5), "text-anchor": "end" }, short, svg("title", {}, d)));
    let up = 0;
    let down = 0;
    ch.series.forEach((s, si) => {
      const v = s.values[i];
      if (v === null || v === undefined) return;
      const base = ch.stacked ? (v >= 0 ? up : down) : 0;
      if (v >= 0) up = base + v;
      else down = base + v;
      const y = 4 + slot * (i + 0.5) - (bar * groups) / 2 + (ch.stacked ? 0 : si * bar);
      const from = Math.min(x(base), x(base + v));
      box.append(
        svg("rect", { x: from, y, width: Math.max(0.5, Math.abs(x(base + v) - x(base))), height: Math.max(1, bar - 1), fill: colours[si]! }, svg("title", {}, `${d} — ${s.name}: ${s.texts[i] ?? ""}`)),
      );
    });
  });
  return box;
}
