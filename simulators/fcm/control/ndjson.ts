const CHUNK_CHARACTERS = 64 * 1024;

/** Rows as NDJSON, in pieces large enough that a million rows are not a million writes. */
export function* ndjson(rows: Iterable<unknown>): Generator<string> {
  let piece = '';
  for (const row of rows) {
    piece += `${JSON.stringify(row)}\n`;
    if (piece.length < CHUNK_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** The first `limit` rows. */
export function* take<Row>(rows: Iterable<Row>, limit: number): Generator<Row> {
  let taken = 0;
  for (const row of rows) {
    if (taken >= limit) return;
    taken += 1;
    yield row;
  }
}
