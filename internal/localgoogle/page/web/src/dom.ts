// Elements are made by hand and text goes in as text: nothing that comes from a
// spreadsheet is ever parsed as HTML.

type Child = Node | string | null | undefined | false;
type Props = Record<string, unknown>;

function fill<E extends Element>(node: E, props: Props, children: Child[]): E {
  for (const [k, v] of Object.entries(props)) {
    if (v === undefined || v === null || v === false) continue;
    if (k.startsWith("on") && typeof v === "function") node.addEventListener(k.slice(2), v as EventListener);
    else if (k === "class") node.setAttribute("class", String(v));
    else if (k === "style") Object.assign((node as unknown as HTMLElement).style, v);
    else node.setAttribute(k, v === true ? "" : String(v));
  }
  for (const c of children) if (c || c === "") node.append(c);
  return node;
}

/** el makes an HTML element. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), props, children);
}

/** svg makes an SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

/** icon is a line drawing of 20 × 20. */
export function icon(name: keyof typeof paths): SVGSVGElement {
  return svg("svg", { viewBox: "0 0 20 20", class: "icon", "aria-hidden": "true" }, svg("path", { d: paths[name] }));
}

const paths = {
  back: "M12 4l-6 6 6 6",
  down: "M5 8l5 5 5-5",
  cross: "M5 5l10 10M15 5L5 15",
  find: "M9 14.500a5.500 5.500 0 100-11 5.500 5.500 0 000 11zM13 13l4 4",
  next: "M8 4l6 6-6 6",
  save: "M10 3v9m-4-4l4 4 4-4M4 16h12",
  table: "M3 4h14v12H3zM3 8h14M3 12h14M8 4v12",
  form: "M4 4h12M4 10h12M4 16h7",
  check: "M4 10.5l4 4 8-9",
  menu: "M3 5h14M3 10h14M3 15h14",
  person: "M10 10a3.2 3.2 0 100-6.4 3.2 3.2 0 000 6.4zM4 17c.6-3.4 3-5 6-5s5.400 1.600 6 5",
  lock: "M6 9V6.500a4 4 0 018 0V9m-9 0h10v7H5z",
  link: "M8.500 11.500l3-3M9 6l1.500-1.500a3.500 3.500 0 015 5L14 11M11 14l-1.500 1.500a3.500 3.500 0 01-5-5L6 9",
};

/** safeLink is the address if it may be followed, else "". */
export function safeLink(link: string): string {
  if (link.startsWith("#")) return link;
  try {
    const u = new URL(link);
    return ["http:", "https:", "mailto:", "tel:"].includes(u.protocol) ? u.href : "";
  } catch {
    return "";
  }
}
