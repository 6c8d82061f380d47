/** Recipients of one page of an upload, as many as one `sendEach` call carries. */
export const RECIPIENTS_PER_PAGE = 500;
/** Bytes of one page: a Firestore document takes 1 MiB with its names and other fields. */
const PAGE_MAX_BYTES = 900_000;
const NEWLINE = 0x0a;

/** One page of an upload: a line of JSON for each recipient. */
export interface UploadPage {
  readonly recipients: number;
  readonly lines: Uint8Array;
}

/** Cuts an upload's lines into pages while they arrive; holds one page at a time. */
export class Pager {
  #lines: Buffer[] = [];
  #bytes = 0;

  /** @returns a full page that had no room for this line, or null */
  add(line: string): UploadPage | null {
    const bytes = Buffer.from(`${line}\n`);
    const full = this.#lines.length === RECIPIENTS_PER_PAGE || this.#bytes + bytes.length > PAGE_MAX_BYTES;
    const page = full ? this.flush() : null;
    this.#lines.push(bytes);
    this.#bytes += bytes.length;
    return page;
  }

  /** @returns what is left, or null */
  flush(): UploadPage | null {
    const recipients = this.#lines.length;
    if (recipients === 0) return null;
    const page = { recipients, lines: Buffer.concat(this.#lines, this.#bytes) };
    this.#lines = [];
    this.#bytes = 0;
    return page;
  }
}

/** The lines of a page, decoded one at a time: a page as one text would take twice its bytes beside them. */
export function* linesOfPage(lines: Uint8Array): Generator<string, void, undefined> {
  const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    yield bytes.toString('utf8', start, end);
    start = end + 1;
  }
}
