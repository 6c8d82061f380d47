import { createHash } from 'node:crypto';
import type { Doc } from '../../functions/src/ports.ts';
import type { Post } from './fcm.ts';
import type { History } from './history.ts';
import { CLAIMED, isAmbiguousRetry, isOutcome, readEntries, type Entry } from './ledger.ts';

/** How far an instance's clock may be off, either way. */
export const SKEW_MS = 2_000;

interface Batch {
  readonly claim: unknown;
  readonly entries: readonly Entry[];
}

interface LookUp {
  readonly members: Readonly<Record<string, string>>;
  readonly atMs: number;
}

/** One planned message as the world outside the pipeline knows it. */
export interface Message {
  readonly campaignId: string;
  readonly key: string;
  readonly posts: Post[];
  /** Claims that were written for it; each is the right to one POST. */
  claims: number;
  /** Those of them that followed an attempt of which nobody knows whether FCM accepted. */
  ambiguousClaims: number;
}

/**
 * Sees every write of the database, every POST at FCM and every look-up of a member as they happen, and says which of
 * them may not be. It shares no code with the pipeline.
 */
export class Witness {
  readonly violations: string[] = [];
  readonly messages = new Map<string, Message>();
  /** Ambiguous messages that were claimed again, by batch. */
  readonly repeatedIn = new Map<string, number>();
  /** The oldest look-up of a member's consent that a POST relied on, in milliseconds. */
  oldestLookUpMs = 0;
  posts = 0;
  readonly #history: History;
  readonly #now: () => number;
  readonly #batches = new Map<string, Batch>();
  readonly #leases = new Map<string, { readonly fence: number; readonly leaseUntilMs: number }>();
  readonly #stored = new Set<string>();
  readonly #ended = new Set<string>();
  /** What each invocation read of members, the last first. */
  readonly #lookUps = new Map<string, LookUp[]>();
  readonly #needsConsent: (campaignId: string) => boolean;

  constructor(history: History, now: () => number, needsConsent: (campaignId: string) => boolean) {
    this.#history = history;
    this.#now = now;
    this.#needsConsent = needsConsent;
  }

  /** Has this campaign been stored? */
  hasSeen(campaignId: string): boolean {
    return this.#stored.has(campaignId);
  }

  get endedCampaigns(): number {
    return this.#ended.size;
  }

  sawRead(by: string, doc: Doc): void {
    if (!doc.path.startsWith('members/')) return;
    const members = (doc.fields['members'] ?? {}) as LookUp['members'];
    this.#lookUps.set(by, [{ members, atMs: this.#now() }, ...(this.#lookUps.get(by) ?? [])]);
  }

  sawLog(by: string, event: string): void {
    this.#history.note(by, `logs "${event}"`);
    if (event === 'conservation does not hold') this.#accuse('the two sides of a campaign were not equal at its end');
  }

  sawWritten(doc: Doc): void {
    const [collection, campaignId = '', below] = doc.path.split('/');
    if (collection !== 'campaigns') return;
    this.#stored.add(campaignId);
    if (below === undefined && doc.fields['state'] === 'completed') this.#ended.add(campaignId);
    if (below === 'ranges') this.#sawRange(doc);
    if (below === 'batches') this.#sawBatch(campaignId, doc);
  }

  sawPost(post: Post): void {
    this.posts += 1;
    const message = this.#message(post.campaignId, String(post.memberNo), addressHash(post.address));
    const about = `member ${post.memberNo} at ${post.address}`;
    if (message.posts.some(({ tag }) => tag !== post.tag)) this.#accuse(`${about} got another tag`);
    message.posts.push(post);
    if (message.posts.length > message.claims) this.#accuse(`${about} was sent a message outside a claim`);
    if (this.#needsConsent(post.campaignId) && !this.#consentIn(post)) {
      this.#accuse(`${about} had not consented when this attempt looked`);
    }
    const accepted = message.posts.filter((earlier) => earlier.accepted).length;
    if (accepted > 1 + message.ambiguousClaims) this.#accuse(`${about} was accepted twice, and nothing says so`);
  }

  /** A range goes from hand to hand when its lease has run out, by clocks that may differ by what they may differ. */
  #sawRange(doc: Doc): void {
    const [fence, leaseUntilMs] = [doc.fields['fence'] as number, doc.fields['leaseUntilMs'] as number];
    const before = this.#leases.get(doc.path);
    this.#leases.set(doc.path, { fence, leaseUntilMs });
    if (before === undefined || before.fence === fence) return;
    if (fence !== before.fence + 1) this.#accuse(`${doc.path} went from fence ${before.fence} to ${fence}`);
    if (before.leaseUntilMs > this.#now() + 2 * SKEW_MS) this.#accuse(`${doc.path} was taken from a live holder`);
  }

  #sawBatch(campaignId: string, doc: Doc): void {
    const after: Batch = { claim: doc.fields['claim'], entries: readEntries(doc.fields) };
    const before = this.#batches.get(doc.path);
    this.#batches.set(doc.path, after);
    for (const [place, entry] of after.entries.entries()) {
      const earlier = before?.entries[place];
      if (earlier !== undefined && earlier.key !== entry.key) this.#accuse(`${doc.path} changed whom it is about`);
      if (earlier?.code === entry.code && before?.claim === after.claim) continue;
      if (this.#ended.has(campaignId)) this.#accuse(`member ${entry.key}: the ledger changed after the campaign's end`);
      if (earlier !== undefined && isOutcome(earlier.code) && earlier.code !== entry.code) {
        this.#accuse(`member ${entry.key}: outcome ${earlier.code} became ${entry.code}`);
      }
      if (entry.code === CLAIMED) this.#sawClaim(campaignId, doc.path, entry, earlier);
    }
  }

  #sawClaim(campaignId: string, path: string, entry: Entry, earlier: Entry | undefined): void {
    const message = this.#message(campaignId, entry.key, entry.address);
    message.claims += 1;
    if (earlier === undefined || !isAmbiguousRetry(earlier.code)) return;
    message.ambiguousClaims += 1;
    this.repeatedIn.set(path, (this.repeatedIn.get(path) ?? 0) + 1);
  }

  #consentIn(post: Post): boolean {
    const lookUp = this.#lookUps.get(post.by)?.find(({ members }) => members[post.memberNo] !== undefined);
    const stored = lookUp?.members[post.memberNo];
    if (lookUp === undefined || stored === undefined) return false;
    this.oldestLookUpMs = Math.max(this.oldestLookUpMs, post.atMs - lookUp.atMs);
    const member = JSON.parse(stored) as {
      readonly consent: { readonly marketing?: { readonly granted: boolean } | null };
    };
    return member.consent.marketing?.granted === true;
  }

  #message(campaignId: string, key: string, address: string): Message {
    const name = messageName(campaignId, key, address);
    const message = this.messages.get(name) ?? { campaignId, key, posts: [], claims: 0, ambiguousClaims: 0 };
    this.messages.set(name, message);
    return message;
  }

  #accuse(what: string): void {
    this.#history.note('VIOLATION', what);
    this.violations.push(what);
  }
}

export const messageName = (campaignId: string, key: string, address: string): string =>
  `${campaignId} ${key} ${address}`;

/** As the ledger's description has it: the first 8 bytes of the SHA-256 of the address with its kind before it. */
export function addressHash(address: string): string {
  return createHash('sha256').update(address).digest('hex').slice(0, 16);
}
