import { BongsuError } from './errors.ts';

/** One request's worth of an NDJSON upload. */
export interface Part {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lines: number;
  /** Lines of the whole upload that went before this part. */
  readonly linesBefore: number;
}

/** What a caller may ask for: smaller parts than the server takes, for a line that breaks often. */
export interface UploadLimits {
  readonly maxLines?: number;
  readonly maxBytes?: number;
}

export interface PartLimits {
  readonly maxLines: number;
  readonly maxBytes: number;
}

/** What the server takes in one request (api.md: 10,000 lines or 24 MB). */
const SERVER_PART_LIMITS: PartLimits = { maxLines: 10_000, maxBytes: 24_000_000 };

/**
 * Cuts an endless stream of values into NDJSON bodies, holding one of them at a time. Each is bytes, because its
 * digest goes into the token that is sent ahead of it. A single line above `maxBytes` makes a part of its own, for
 * the server to refuse by its number.
 */
export async function* partsOf(
  values: Iterable<unknown> | AsyncIterable<unknown>,
  limits: PartLimits,
): AsyncGenerator<Part> {
  let lines: Buffer[] = [];
  let bytes = 0;
  let linesBefore = 0;

  function take(): Part {
    const part: Part = { bytes: Buffer.concat(lines, bytes), lines: lines.length, linesBefore };
    linesBefore += lines.length;
    lines = [];
    bytes = 0;
    return part;
  }

  for await (const value of values) {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    if (lines.length > 0 && (lines.length >= limits.maxLines || bytes + line.length > limits.maxBytes)) yield take();
    lines.push(line);
    bytes += line.length;
  }
  if (lines.length > 0) yield take();
}

/** The limits asked for, as far as the server takes them. */
export function limitsFrom({ maxLines = Infinity, maxBytes = Infinity }: UploadLimits): PartLimits {
  return {
    maxLines: Math.min(maxLines, SERVER_PART_LIMITS.maxLines),
    maxBytes: Math.min(maxBytes, SERVER_PART_LIMITS.maxBytes),
  };
}

/** What a part was refused with, its lines counted from the first line of the whole upload; any other error as it is. */
export function countedFromTheStart(error: unknown, { lines, linesBefore }: Part): unknown {
  if (!(error instanceof BongsuError)) return error;
  const errors = error.errors.map((each) =>
    each.line === undefined ? each : { ...each, line: each.line + linesBefore },
  );
  return new BongsuError({
    status: error.status,
    code: error.code,
    // A message may name a line of its own, which counts within the request.
    detail: `${error.detail} (request with lines ${linesBefore + 1} to ${linesBefore + lines})`,
    errors,
    retryAfterMs: error.retryAfterMs,
  });
}
