/** What a measurement is given. */
export interface Bench {
  readonly signal: AbortSignal;
  /** Says what is being done, on stderr. */
  readonly say: (text: string) => void;
  /** Sizes of the personalised campaigns whose memory is measured, by rising size. */
  readonly messages: readonly number[];
  /** Messages of the runs that are held beside: the old server's ways, and addresses that hang. */
  readonly baselineMessages: number;
  /** Messages of the campaigns whose speed is measured. */
  readonly speedMessages: number;
  /** How often each of them is measured, in turn with what it is held against. */
  readonly rounds: number;
  /** Whether it is only to be shown that it runs. */
  readonly quick: boolean;
}

/** Something that a measured value must reach. */
export interface Target {
  readonly what: string;
  readonly measured: string;
  readonly bound: string;
  readonly holds: boolean;
}

export interface Finding {
  /** Fields of the object that `--json` prints; no two measurements have the same. */
  readonly json: Readonly<Record<string, unknown>>;
  /** What the README says of it, a sentence or two each; nothing where absent. */
  readonly headlines?: readonly string[];
  /** Tables and what must be known to read them, in Markdown. */
  readonly markdown: string;
  /** The document of its own that it is published to; a section of docs/performance.md where absent. */
  readonly page?: string;
  readonly targets: readonly Target[];
}

export type Measurement = (bench: Bench) => Promise<Finding>;

/** @param least what `value` must reach */
export function atLeast(what: string, value: number, least: number, unit = ''): Target {
  return { what, measured: show(value, unit), bound: `>= ${show(least, unit)}`, holds: value >= least };
}

/** @param most what `value` must not exceed */
export function atMost(what: string, value: number, most: number, unit = ''): Target {
  return { what, measured: show(value, unit), bound: `<= ${show(most, unit)}`, holds: value <= most };
}

function show(value: number, unit: string): string {
  const digits = Math.abs(value) < 100 && !Number.isInteger(value) ? 2 : 0;
  const text = value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === '' ? text : `${text} ${unit}`;
}

/** A Markdown table as Prettier writes it: columns of equal width, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => (typeof cell === 'number' ? show(cell, '') : cell)));
  const isNumber = head.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => (isNumber[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, at) => (isNumber[at] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  const [first = [], ...rest] = cells;
  return [line(first), line(rule), ...rest.map(line)].join('\n');
}

/** To two digits behind the point. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
