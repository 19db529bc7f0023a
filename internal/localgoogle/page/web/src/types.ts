// What the server answers; see source.go and pack.go of the Go package.

/** First row, end row, first column, end column; half open. */
export type Area = [number, number, number, number];

export interface FileInfo {
  id: string;
  name: string;
  kind: string;
  role: Role;
  modified: string;
}

export type Role = "reader" | "commenter" | "writer" | "owner";

export interface Account {
  email: string;
  name: string;
  kind: "owner" | "director" | "ops" | "manager" | "guest";
  file: string;
}

export interface AccountReply {
  me: Account | null; // the caller
  whose: Account | null; // the person who starts with the file
}

export interface FilesReply {
  user: string;
  owner: string;
  accounts: Account[];
  files: FileInfo[];
  seq: number;
}

export interface Lock {
  area: Area;
  open?: Area[];
  note?: string;
}

/** A run of columns that is opened and closed with one button. */
export interface Group {
  from: number;
  to: number;
  depth: number;
  closed?: boolean;
}

export interface Tab {
  id: number;
  title: string;
  hidden?: boolean;
  color?: string;
  rows: number;
  cols: number;
  frozenRows?: number;
  frozenCols?: number;
  hideGrid?: boolean;
  widths?: Record<number, number>;
  heights?: Record<number, number>;
  hiddenRows?: number[];
  hiddenCols?: number[];
  groups?: Group[];
  groupAfter?: boolean;
  merges?: Area[];
  filter?: Area;
  locks?: Lock[];
  today?: number;
  key?: string;
  rowKeys?: Record<string, number>;
  colKeys?: Record<string, number>;
}

export interface BookReply {
  id: string;
  title: string;
  kind: string;
  role: Role;
  locale: string;
  timeZone: string;
  today: string;
  user: string;
  version: number;
  structure: string;
  tabs: Tab[];
  shown: number;
  cells: Block | null;
}

export interface Look {
  bg?: string;
  fg?: string;
  fs?: number;
  b?: boolean;
  i?: boolean;
  u?: boolean;
  s?: boolean;
  h?: "c" | "r";
  v?: "t" | "m";
  w?: "w" | "c";
  bt?: string;
  br?: string;
  bb?: string;
  bl?: string;
  pl?: number;
}

export interface Rule {
  kind: string;
  values?: string[];
  message?: string;
  strict?: boolean;
  list?: boolean;
}

export interface Run {
  at: number;
  fg?: string;
  fs?: number;
  b?: boolean;
  i?: boolean;
  u?: boolean;
  s?: boolean;
  l?: string;
}

export interface Spark {
  values: (number | null)[];
  options?: Record<string, string | number | boolean>;
}

/** What few cells have beside a style and a text. */
export interface More {
  e?: string;
  k?: "n" | "b" | "e";
  n?: string;
  l?: string;
  x?: string;
  d?: number;
  bad?: boolean;
  r?: Run[];
  sp?: Spark;
}

export type PackedCell = null | number | [number, string] | [number, string, More];

export interface Block {
  version: number;
  from: number;
  to: number;
  styles: Look[];
  rules?: Rule[];
  rows: PackedCell[][];
}

export interface Series {
  name: string;
  type?: string;
  color?: string;
  format?: string;
  values: (number | null)[];
  texts: string[];
}

export interface Chart {
  id: number;
  row: number;
  col: number;
  x: number;
  y: number;
  width: number;
  height: number;
  title?: string;
  type: string;
  stacked?: boolean;
  legend?: string;
  domain: string[];
  series: Series[];
}

export interface Refusal {
  row: number;
  col: number;
  message: string;
}

/** Cells of a tab that hold a text, row by row; if none does, how many of other tabs do. */
export interface FindReply {
  cells: [number, number][];
  count: number;
  elsewhere?: { tab: number; count: number }[];
}
