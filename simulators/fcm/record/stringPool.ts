import { hash32 } from '../hash.ts';
import { uint32Column } from './columns.ts';
import { HashIndex } from './hashIndex.ts';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Distinct strings under small numbers, kept as UTF-8 outside the JavaScript heap: a million registration tokens would
 * otherwise be a million objects for the garbage collector to walk. Number 0 is the empty string.
 */
export class StringPool {
  readonly #chunks: Buffer[] = [];
  #chunkUsed = CHUNK_BYTES;
  readonly #starts = uint32Column();
  readonly #lengths = uint32Column();
  readonly #hashes = uint32Column();
  readonly #index = new HashIndex();

  constructor() {
    this.intern('');
  }

  /** How many distinct strings there are, the empty one included. */
  get size(): number {
    return this.#starts.length;
  }

  get bytes(): number {
    return this.#chunks.length * CHUNK_BYTES + this.#starts.bytes * 3 + this.#index.bytes;
  }

  /** The number of a string, which is added where it is new. At most 4 GiB in all. */
  intern(text: string): number {
    const hash = hash32(text);
    const found = this.#find(text, hash);
    if (found >= 0) return found;
    const row = this.#starts.push(this.#store(text));
    this.#hashes.push(hash);
    this.#index.add(hash, row, (earlier) => this.#hashes.get(earlier));
    return row;
  }

  /** The number of a string; -1 where it was never added. */
  find(text: string): number {
    return this.#find(text, hash32(text));
  }

  text(row: number): string {
    const start = this.#starts.get(row);
    const offset = start % CHUNK_BYTES;
    const chunk = this.#chunks[Math.floor(start / CHUNK_BYTES)];
    return chunk ? chunk.toString('utf8', offset, offset + this.#lengths.get(row)) : '';
  }

  #find(text: string, hash: number): number {
    return this.#index.find(hash, (row) => this.#hashes.get(row) === hash && this.text(row) === text);
  }

  #store(text: string): number {
    // A UTF-16 unit takes 3 octets at most.
    if (this.#chunkUsed + 3 * text.length > CHUNK_BYTES) {
      if (3 * text.length > CHUNK_BYTES) throw new RangeError(`string of ${text.length} units`);
      this.#chunks.push(Buffer.allocUnsafeSlow(CHUNK_BYTES));
      this.#chunkUsed = 0;
    }
    const start = (this.#chunks.length - 1) * CHUNK_BYTES + this.#chunkUsed;
    const length = this.#chunks.at(-1)?.write(text, this.#chunkUsed) ?? 0;
    this.#chunkUsed += length;
    this.#lengths.push(length);
    return start;
  }
}
