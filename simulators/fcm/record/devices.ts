import { hash53, mix32 } from '../hash.ts';
import type { Content } from '../messages/content.ts';
import { float64Column, uint32Column } from './columns.ts';
import { HashIndex } from './hashIndex.ts';
import { StringPool } from './stringPool.ts';

/** One notification as a device shows it. */
export interface TrayEntry {
  /** Null for a message without a tag: nothing replaces it. */
  readonly tag: string | null;
  /** Accepted POSTs behind it. With a tag they show as one, without as many. */
  readonly accepted: number;
  /** Hash of title, body, image and data, of the last POST. */
  readonly contentHash: string;
  /** The last POST's content; only with `keep: 'content'`. */
  readonly content?: Content;
  /** Epoch milliseconds of the last POST. */
  readonly lastAcceptedAt: number;
}

export interface Device {
  readonly address: string;
  /** Requests for the address, those refused and those cut off included. */
  readonly attempts: number;
  readonly tray: readonly TrayEntry[];
}

/** An untagged message is identified by its content; the mark keeps those names apart from tags. */
const UNTAGGED = '\u0000';

/** What every device shows, in columns: about 100 octets a message beside the text of its address and tag. */
export class Devices {
  readonly #addresses: StringPool;
  readonly #tags: StringPool;
  readonly #contents: StringPool | undefined;
  readonly #attempts = uint32Column();
  readonly #firstEntry = uint32Column();
  readonly #entryAddress = uint32Column();
  readonly #entryTag = uint32Column();
  readonly #entryHash = float64Column();
  readonly #entryContent = uint32Column();
  readonly #entryAccepted = uint32Column();
  readonly #entryAt = float64Column();
  readonly #nextEntry = uint32Column();
  readonly #index = new HashIndex();
  #distinct = 0;
  #duplicates = 0;

  constructor(addresses: StringPool, tags: StringPool, keepContent: boolean) {
    this.#addresses = addresses;
    this.#tags = tags;
    this.#contents = keepContent ? new StringPool() : undefined;
    // Row 0 is nobody's, so that 0 can stand for "no entry".
    this.#pushEntry(0, 0, 0);
  }

  /** Addresses that requests were for. */
  get distinctAddresses(): number {
    return this.#distinct;
  }

  /** Accepted POSTs beyond the first, summed over (address, tag). */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Counts a request and returns how many there were before it for the same address. */
  countAttempt(addressId: number): number {
    while (this.#attempts.length <= addressId) {
      this.#attempts.push(0);
      this.#firstEntry.push(0);
    }
    const earlier = this.#attempts.get(addressId);
    this.#attempts.set(addressId, earlier + 1);
    if (earlier === 0 && addressId !== 0) this.#distinct += 1;
    return earlier;
  }

  /** Puts an accepted message into the tray of an address that `countAttempt` has counted. */
  show(addressId: number, tag: string | undefined, content: Content, atMs: number): void {
    const text = JSON.stringify(content);
    const hash = hash53(text);
    const tagId = this.#tags.intern(tag ?? UNTAGGED + hash.toString(36));
    let entry = this.#find(addressId, tagId);
    if (entry < 0) entry = this.#addEntry(addressId, tagId);
    else this.#duplicates += 1;
    this.#entryHash.set(entry, hash);
    this.#entryAccepted.set(entry, this.#entryAccepted.get(entry) + 1);
    this.#entryAt.set(entry, atMs);
    if (this.#contents) this.#entryContent.set(entry, this.#contents.intern(text));
  }

  device(address: string): Device | undefined {
    const addressId = this.#addresses.find(address);
    return addressId > 0 && this.#attempts.get(addressId) > 0 ? this.#device(addressId) : undefined;
  }

  *all(): Generator<Device> {
    for (let addressId = 1; addressId < this.#attempts.length; addressId += 1) {
      if (this.#attempts.get(addressId) > 0) yield this.#device(addressId);
    }
  }

  /**
   * Notifications that a person would see again: for each address, what its tray shows beyond the first of the same
   * content (same title, body, image and data under another tag, or without one).
   */
  shownTwice(): number {
    let surplus = 0;
    for (let addressId = 1; addressId < this.#firstEntry.length; addressId += 1) {
      const first = this.#firstEntry.get(addressId);
      if (first === 0) continue;
      if (this.#nextEntry.get(first) === 0) surplus += this.#shown(first) - 1;
      else surplus += this.#surplusOf(first);
    }
    return surplus;
  }

  #surplusOf(first: number): number {
    const contents = new Set<number>();
    let shown = 0;
    for (let entry = first; entry !== 0; entry = this.#nextEntry.get(entry)) {
      shown += this.#shown(entry);
      contents.add(this.#entryHash.get(entry));
    }
    return shown - contents.size;
  }

  #shown(entry: number): number {
    return this.#isUntagged(entry) ? this.#entryAccepted.get(entry) : 1;
  }

  #isUntagged(entry: number): boolean {
    // Asked for every address by `shownTwice`: most entries were accepted once, and for them it makes no difference.
    if (this.#entryAccepted.get(entry) === 1) return false;
    return this.#tags.text(this.#entryTag.get(entry)).startsWith(UNTAGGED);
  }

  #device(addressId: number): Device {
    const tray: TrayEntry[] = [];
    for (let entry = this.#firstEntry.get(addressId); entry !== 0; entry = this.#nextEntry.get(entry)) {
      tray.push(this.#entry(entry));
    }
    return {
      address: this.#addresses.text(addressId),
      attempts: this.#attempts.get(addressId),
      tray: tray.toReversed(),
    };
  }

  #entry(entry: number): TrayEntry {
    const tag = this.#tags.text(this.#entryTag.get(entry));
    const content = this.#contents?.text(this.#entryContent.get(entry));
    return {
      tag: tag.startsWith(UNTAGGED) ? null : tag,
      accepted: this.#entryAccepted.get(entry),
      contentHash: this.#entryHash.get(entry).toString(36),
      ...(content === undefined ? {} : { content: JSON.parse(content) as Content }),
      lastAcceptedAt: this.#entryAt.get(entry),
    };
  }

  #find(addressId: number, tagId: number): number {
    return this.#index.find(
      pairHash(addressId, tagId),
      (row) => this.#entryAddress.get(row) === addressId && this.#entryTag.get(row) === tagId,
    );
  }

  #addEntry(addressId: number, tagId: number): number {
    const entry = this.#pushEntry(addressId, tagId, this.#firstEntry.get(addressId));
    this.#firstEntry.set(addressId, entry);
    this.#index.add(pairHash(addressId, tagId), entry, (row) =>
      pairHash(this.#entryAddress.get(row), this.#entryTag.get(row)),
    );
    return entry;
  }

  #pushEntry(addressId: number, tagId: number, next: number): number {
    this.#entryTag.push(tagId);
    this.#entryHash.push(0);
    this.#entryContent.push(0);
    this.#entryAccepted.push(0);
    this.#entryAt.push(0);
    this.#nextEntry.push(next);
    return this.#entryAddress.push(addressId);
  }
}

function pairHash(first: number, second: number): number {
  return mix32(Math.imul(first, 0x9e3779b1) ^ mix32(second));
}
