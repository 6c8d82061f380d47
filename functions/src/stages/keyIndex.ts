import { FIELD_ERRORS_MAX } from '../contract/fieldErrors.ts';
import { ProblemError, type FieldError } from '../contract/problem.ts';
import { KeyGatherer, keyHash, passesOver, repeatedIn, type Repeated } from '../core/keyIndex.ts';
import { decodeUploaded } from '../core/recipient.ts';
import { linesOfPage } from '../core/uploadPage.ts';
import type { World } from '../ports.ts';
import { writeKeyBucket } from '../store/keyIndex.ts';
import type { PartRecord } from '../store/records.ts';
import { readKeys, readUploadPage } from '../store/uploads.ts';

/**
 * Writes the index that finds a recipient by its key, and refuses keys that were given twice, in whichever parts.
 * Reads keys alone, never a payload, and in memory holds those of one pass, however many there are.
 *
 * @param parts held still, in order
 * @throws ProblemError `invalid` that names the first 20 of such keys and tells how many there are
 */
export async function indexKeys(
  world: World,
  campaignId: string,
  parts: readonly PartRecord[],
  buckets: number,
): Promise<void> {
  const expireAt = new Date(world.clock.now() + world.settings.ledgerTtlMs);
  const repeated = new RepeatedKeys(world, campaignId, parts);
  for (const { first, count } of passesOver(buckets)) {
    const gatherer = new KeyGatherer(first, count, buckets);
    for await (const { part, keys } of readKeys(world.documents, campaignId, parts)) {
      gatherer.add(keys, part.firstPage ?? 0);
    }
    for (const { bucket, entries } of gatherer.indexes()) {
      await writeKeyBucket(world.documents, campaignId, bucket, entries, expireAt);
      for (const one of repeatedIn(entries)) await repeated.add(one);
    }
  }
  repeated.throwIfAny();
}

/** Keys that were given more than once: the first few by name, all by number. */
class RepeatedKeys {
  readonly #world: World;
  readonly #campaignId: string;
  readonly #parts: readonly PartRecord[];
  readonly #named: FieldError[] = [];
  #total = 0;

  constructor(world: World, campaignId: string, parts: readonly PartRecord[]) {
    this.#world = world;
    this.#campaignId = campaignId;
    this.#parts = parts;
  }

  async add(repeated: Repeated): Promise<void> {
    if (this.#named.length === FIELD_ERRORS_MAX) {
      this.#total += 1;
      return;
    }
    for (const [key, times] of await this.#keysOf(repeated)) {
      if (times === 1) continue;
      this.#total += 1;
      this.#named.push({ field: '/key', message: `${key} is given ${times} times` });
    }
  }

  throwIfAny(): void {
    if (this.#total === 0) return;
    const keys = this.#total === 1 ? '1 key is' : `${this.#total} keys are`;
    const listed = this.#total > this.#named.length ? `; the first ${this.#named.length} are listed` : '';
    throw new ProblemError('invalid', `${keys} given more than once${listed}.`, this.#named);
  }

  /** The keys themselves, with how often each stands there: two different keys may share a hash. */
  async #keysOf({ hash, pages }: Repeated): Promise<Map<string, number>> {
    const times = new Map<string, number>();
    for (const page of new Set(pages)) {
      const lines = await this.#read(page);
      for (const line of linesOfPage(lines)) {
        const { key } = decodeUploaded(line);
        if (keyHash(key).equals(hash)) times.set(key, (times.get(key) ?? 0) + 1);
      }
    }
    return times;
  }

  async #read(page: number): Promise<Uint8Array> {
    const part = this.#parts.findLast(({ firstPage }) => (firstPage ?? Infinity) <= page);
    if (part === undefined) throw new RangeError(`no part holds page ${page}`);
    const ref = { campaignId: this.#campaignId, uploadId: part.uploadId, page: page - (part.firstPage ?? 0) };
    const lines = await readUploadPage(this.#world.documents, ref);
    if (lines === null) throw new RangeError(`page ${page} is gone`);
    return lines;
  }
}
