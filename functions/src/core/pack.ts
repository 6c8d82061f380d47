import type { Draft } from './resolve.ts';
import { isWaiting } from './verdict.ts';

/** What one `sendEach` call may carry (https://firebase.google.com/docs/cloud-messaging/send-message). */
export const BATCH_MAX_PUSHES = 500;
/** Entries of one ledger document, those that are not sent included: keeps it near 25 KB. */
const BATCH_MAX_ENTRIES = 1_000;

/** The messages of some recipients, and between which positions of the source they were found. */
export interface Pack {
  readonly from: number;
  readonly to: number;
  /** When the first of them was looked up. */
  readonly lookedUpAtMs: number;
  readonly drafts: readonly Draft[];
}

/** Now, when its time comes, or by a redrive: whatever a batch holds of these goes out together one day. */
function mayBeSent({ push, code }: Draft): boolean {
  return push !== null || isWaiting(code) || code.startsWith('failed.');
}

/**
 * Fills batches, recipient by recipient. All messages for one recipient stay in one batch, so that the ledger's word on
 * a recipient is one document.
 */
export class Packer {
  readonly #maxPushes: number;
  #drafts: Draft[] = [];
  #pushes = 0;
  #from = 0;
  #to = 0;
  #lookedUpAtMs = 0;

  constructor(maxPushes = BATCH_MAX_PUSHES) {
    this.#maxPushes = maxPushes;
  }

  /**
   * @param lookedUpAtMs not before that of those before
   * @returns a full batch that had no room for these, or null
   */
  add(position: number, drafts: readonly Draft[], lookedUpAtMs: number): Pack | null {
    const pushes = drafts.filter(mayBeSent).length;
    const fits = this.#pushes + pushes <= this.#maxPushes && this.#drafts.length + drafts.length <= BATCH_MAX_ENTRIES;
    const full = fits ? null : this.flush();
    if (this.#drafts.length === 0) {
      this.#from = position;
      this.#lookedUpAtMs = lookedUpAtMs;
    }
    this.#to = position;
    this.#drafts.push(...drafts);
    this.#pushes += pushes;
    return full;
  }

  /** @returns what is left, or null */
  flush(): Pack | null {
    const drafts = this.#drafts;
    this.#drafts = [];
    this.#pushes = 0;
    return drafts.length === 0 ? null : { from: this.#from, to: this.#to, lookedUpAtMs: this.#lookedUpAtMs, drafts };
  }
}
