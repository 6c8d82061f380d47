import { createHash } from 'node:crypto';
import type { RecipientKey } from '../contract/ids.ts';

/**
 * Where each key of an upload is, without the keys: by hash, in documents of about 10,000 keys each. It finds keys that
 * were given twice, and the page of one key without reading the others.
 *
 * 8 bytes of SHA-256 tell 10 million keys apart but for one chance in 300,000; whoever finds two of one hash compares
 * the keys themselves.
 */
const HASH_BYTES = 8;
/** An entry of a part's keys: the hash, then the page within the part. */
const PART_ENTRY_BYTES = HASH_BYTES + 2;
/** An entry of the index: the hash, then the page within the upload. */
const ENTRY_BYTES = HASH_BYTES + 4;
const KEYS_PER_BUCKET = 10_000;
/**
 * Buckets gathered in one pass over all parts' keys: half a million keys, 6 MB. All of an upload's keys at once would let
 * the memory of its start grow with it; each pass more is one more read of every part.
 */
const BUCKETS_PER_PASS = 50;
/** Room for a bucket's entries: hashes spread evenly, so five standard deviations over the mean are not met. */
const BUCKET_ROOM = 1.05;

export function keyHash(key: RecipientKey): Buffer {
  return createHash('sha256').update(key).digest().subarray(0, HASH_BYTES);
}

export interface PartKey {
  readonly hash: Buffer;
  /** Within the part, from 0. */
  readonly page: number;
}

/** Entries of a part's keys, sorted by hash. */
export function encodePartKeys(keys: readonly PartKey[]): Uint8Array {
  const sorted = keys.toSorted((a, b) => a.hash.compare(b.hash));
  const bytes = Buffer.alloc(sorted.length * PART_ENTRY_BYTES);
  for (const [index, { hash, page }] of sorted.entries()) {
    bytes.set(hash, index * PART_ENTRY_BYTES);
    bytes.writeUInt16BE(page, index * PART_ENTRY_BYTES + HASH_BYTES);
  }
  return bytes;
}

export function bucketCount(recipients: number): number {
  return Math.max(1, Math.ceil(recipients / KEYS_PER_BUCKET));
}

/** The runs of buckets that are gathered together, one pass each. */
export function passesOver(buckets: number): { readonly first: number; readonly count: number }[] {
  return Array.from({ length: Math.ceil(buckets / BUCKETS_PER_PASS) }, (_, pass) => {
    const first = pass * BUCKETS_PER_PASS;
    return { first, count: Math.min(BUCKETS_PER_PASS, buckets - first) };
  });
}

/** The bucket of a key: buckets cut the hashes into equal spans, in order. */
export function bucketOfKey(key: RecipientKey, buckets: number): number {
  return bucketAt(keyHash(key), 0, buckets);
}

/** By the first 4 bytes of the hash that starts at `at`. */
function bucketAt(bytes: Buffer, at: number, buckets: number): number {
  return Math.floor((bytes.readUInt32BE(at) / 2 ** 32) * buckets);
}

/** The entries of all parts that fall into some of the buckets: what one pass over an upload's keys gathers. */
export class KeyGatherer {
  readonly #first: number;
  readonly #buckets: number;
  readonly #gathered: { bytes: Buffer; length: number }[];

  /** Gathers for `count` buckets from `first` on, of `buckets` in all. */
  constructor(first: number, count: number, buckets: number) {
    this.#first = first;
    this.#buckets = buckets;
    const startBytes = Math.ceil(KEYS_PER_BUCKET * BUCKET_ROOM) * ENTRY_BYTES;
    this.#gathered = Array.from({ length: count }, () => ({ bytes: Buffer.allocUnsafe(startBytes), length: 0 }));
  }

  /** @param firstPage place of the part's first page within the upload */
  add(partKeys: Uint8Array, firstPage: number): void {
    const bytes = bufferOn(partKeys);
    const buckets = this.#buckets;
    const start = lowerBound(bytes, PART_ENTRY_BYTES, (at) => bucketAt(bytes, at, buckets) < this.#first);
    for (let at = start; at < bytes.length; at += PART_ENTRY_BYTES) {
      const bucket = this.#gathered[bucketAt(bytes, at, buckets) - this.#first];
      if (bucket === undefined) return;
      if (bucket.length === bucket.bytes.length) bucket.bytes = Buffer.concat([bucket.bytes, bucket.bytes]);
      bytes.copy(bucket.bytes, bucket.length, at, at + HASH_BYTES);
      bucket.bytes.writeUInt32BE(firstPage + bytes.readUInt16BE(at + HASH_BYTES), bucket.length + HASH_BYTES);
      bucket.length += ENTRY_BYTES;
    }
  }

  /** The index of each of the buckets: its entries sorted by hash. */
  *indexes(): Generator<{ readonly bucket: number; readonly entries: Uint8Array }, void, undefined> {
    for (const [index, { bytes, length }] of this.#gathered.entries()) {
      const entries = Array.from({ length: length / ENTRY_BYTES }, (_, place) =>
        bytes.subarray(place * ENTRY_BYTES, (place + 1) * ENTRY_BYTES),
      );
      yield { bucket: this.#first + index, entries: Buffer.concat(entries.sort((a, b) => a.compare(b))) };
    }
  }
}

/** A hash that stands more than once, with the pages where it does. */
export interface Repeated {
  readonly hash: Buffer;
  readonly pages: readonly number[];
}

export function repeatedIn(entries: Uint8Array): Repeated[] {
  const bytes = bufferOn(entries);
  const repeated: Repeated[] = [];
  for (let at = 0; at < bytes.length;) {
    const hash = bytes.subarray(at, at + HASH_BYTES);
    const pages = pagesAt(bytes, at, hash);
    if (pages.length > 1) repeated.push({ hash: Buffer.from(hash), pages });
    at += pages.length * ENTRY_BYTES;
  }
  return repeated;
}

/** The pages where a key may stand, by the index of its bucket: none or one, but for two keys of one hash. */
export function pagesOfKey(entries: Uint8Array, key: RecipientKey): number[] {
  const bytes = bufferOn(entries);
  const hash = keyHash(key);
  const start = lowerBound(bytes, ENTRY_BYTES, (at) => bytes.compare(hash, 0, HASH_BYTES, at, at + HASH_BYTES) < 0);
  return pagesAt(bytes, start, hash);
}

/** The pages of the run of entries with this hash that starts at `start`. */
function pagesAt(bytes: Buffer, start: number, hash: Buffer): number[] {
  const pages: number[] = [];
  for (let at = start; at < bytes.length && hash.equals(bytes.subarray(at, at + HASH_BYTES)); at += ENTRY_BYTES) {
    pages.push(bytes.readUInt32BE(at + HASH_BYTES));
  }
  return pages;
}

/** Where the first entry starts for which `before` does not hold; entries are sorted so that it holds first. */
function lowerBound(bytes: Buffer, entryBytes: number, before: (at: number) => boolean): number {
  let low = 0;
  for (let high = bytes.length / entryBytes; low < high;) {
    const middle = Math.floor((low + high) / 2);
    if (before(middle * entryBytes)) low = middle + 1;
    else high = middle;
  }
  return low * entryBytes;
}

function bufferOn(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
