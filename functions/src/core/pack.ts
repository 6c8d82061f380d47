import type { Draft } from './resolve.ts';

/** What one `sendEach` call may carry (https://firebase.google.com/docs/cloud-messaging/send-message). */
export const BATCH_MAX_PUSHES = 500;
/** Entries of one ledger document, those that are not sent included: keeps it near 25 KB. */
const BATCH_MAX_ENTRIES = 1_000;

/**
 * Fills batches, member by member. All messages for one member stay in one batch, so that the ledger's word on a member
 * is one document.
 */
export class Packer {
  #drafts: Draft[] = [];
  #pushes = 0;

  /** @returns a full batch that had no room for these, or null */
  add(drafts: readonly Draft[]): Draft[] | null {
    const pushes = drafts.filter((draft) => draft.push !== null).length;
    const fits = this.#pushes + pushes <= BATCH_MAX_PUSHES && this.#drafts.length + drafts.length <= BATCH_MAX_ENTRIES;
    const full = fits ? null : this.flush();
    this.#drafts.push(...drafts);
    this.#pushes += pushes;
    return full;
  }

  /** @returns what is left, or null */
  flush(): Draft[] | null {
    const drafts = this.#drafts;
    this.#drafts = [];
    this.#pushes = 0;
    return drafts.length === 0 ? null : drafts;
  }
}
