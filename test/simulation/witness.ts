import type { Doc } from '../../functions/src/ports.ts';
import type { FaultKind, Faults } from './faults.ts';
import type { Post } from './fcm.ts';
import type { History } from './history.ts';
import {
  AT_NIGHT,
  CANCELLED,
  CLAIMED,
  EXPIRED,
  isAmbiguousRetry,
  isExhausted,
  isHeld,
  isOutcome,
  isUnknown,
  isNotSent,
  mayBeRedriven,
  REDRIVEN,
  SENDER_DIED,
  WITHHELD,
  readEntries,
  type Entry,
} from './ledger.ts';
import { LawWitness } from './law.ts';
import { Limits } from './limits.ts';
import { addressHash, messageName, type Message } from './message.ts';
import type { PlannedCampaign } from './scenario.ts';
import { ON_ITS_WAY_MS, SKEW_MS } from './skew.ts';
import { Stops } from './stops.ts';

interface Batch {
  readonly claim: unknown;
  readonly entries: readonly Entry[];
}

const NAMED_STATES: ReadonlyMap<number, FaultKind> = new Map([
  [WITHHELD, 'message.withheld'],
  [REDRIVEN, 'message.redriven'],
  [AT_NIGHT, 'message.suppressed-at-night'],
  [EXPIRED, 'message.expired'],
  [120, 'message.held'],
] as const);

/** What a run's campaigns were asked to do. */
export type PlannedOf = (campaignId: string) => PlannedCampaign;

/**
 * Sees every write of the database and every POST at FCM as they happen, and says which of them may not be; `law` sees
 * the look-ups of members, too. It shares no code with the pipeline.
 */
export class Witness {
  readonly violations: string[] = [];
  readonly messages = new Map<string, Message>();
  readonly stops: Stops;
  readonly law: LawWitness;
  /** Pages that a caller wrote whose process slept until the upload was closed: nobody knows of them, and they expire. */
  readonly strayPages = new Set<string>();
  /** Ambiguous messages that were claimed again, by batch. */
  readonly repeatedIn = new Map<string, number>();
  /** Batches of which a redrive took something up again. */
  readonly redriven = new Set<string>();
  posts = 0;
  readonly #history: History;
  readonly #faults: Faults;
  readonly #now: () => number;
  readonly #batches = new Map<string, Batch>();
  readonly #leases = new Map<string, { readonly fence: number; readonly leaseUntilMs: number }>();
  readonly #stored = new Set<string>();
  readonly #plannedOf: PlannedOf;
  readonly #limits: Limits;
  /** Places in the ledger of messages that FCM may have accepted at an attempt before. */
  readonly #mayBeAccepted = new Set<string>();

  constructor(history: History, faults: Faults, now: () => number, plannedOf: PlannedOf) {
    this.#history = history;
    this.#faults = faults;
    this.#now = now;
    this.stops = new Stops(now);
    this.law = new LawWitness(now, (what) => this.#accuse(what));
    this.#plannedOf = plannedOf;
    this.#limits = new Limits(now, 2 * SKEW_MS);
  }

  /** Has this campaign been stored? */
  hasSeen(campaignId: string): boolean {
    return this.#stored.has(campaignId);
  }

  sawLog(by: string, event: string): void {
    this.#history.note(by, `logs "${event}"`);
    if (event === 'conservation does not hold') this.#accuse('the two sides of a campaign were not equal at its end');
  }

  sawWritten(doc: Doc): void {
    const [collection, campaignId = '', below] = doc.path.split('/');
    if (collection !== 'campaigns') return;
    this.#stored.add(campaignId);
    if (below === undefined) this.#sawCampaign(campaignId, doc.fields);
    if (below === 'ranges') this.#sawRange(doc);
    if (below === 'recipients' && this.stops.of(campaignId).state !== 'draft') this.strayPages.add(doc.path);
    if (below === 'batches') this.#sawBatch(campaignId, doc);
  }

  sawPost(post: Post): void {
    this.posts += 1;
    const message = this.#message(post.campaignId, post.key, addressHash(post.address));
    const about = `recipient ${post.key} at ${post.address}`;
    if (message.posts.some(({ tag }) => tag !== post.tag)) this.#accuse(`${about} got another tag`);
    message.posts.push(post);
    if (message.posts.length > message.claims) this.#accuse(`${about} was sent a message outside a claim`);
    if (this.stops.isLate(post.campaignId, post.by)) this.#accuse(`${about} was sent a message of a stopped campaign`);
    if (post.atMs - ON_ITS_WAY_MS >= this.#untilMs(post.campaignId)) {
      this.#accuse(`${about} was sent a message after the campaign's until`);
    }
    const planned = this.#plannedOf(post.campaignId);
    if (planned.request.kind === 'marketing') this.law.sawPost(post, planned, about);
    const accepted = message.posts.filter((earlier) => earlier.accepted).length;
    if (accepted > 1 + message.ambiguousClaims) this.#accuse(`${about} was accepted twice, and nothing says so`);
  }

  #sawCampaign(campaignId: string, fields: Doc['fields']): void {
    const before = this.stops.of(campaignId);
    this.stops.sawCampaign(campaignId, fields);
    const { state, hadOutage } = this.stops.of(campaignId);
    if (state === 'halted' && before.state !== 'halted') this.#faults.note('campaign.halted');
    if (hadOutage && !before.hadOutage) this.#faults.note('campaign.waits-for-fcm');
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
      if (this.stops.hasEnded(campaignId))
        this.#accuse(`recipient ${entry.key}: the ledger changed after the campaign's end`);
      if (earlier !== undefined && isOutcome(earlier.code) && !isOutcome(entry.code)) this.redriven.add(doc.path);
      if (earlier !== undefined && this.#isReversed(campaignId, earlier, entry)) {
        this.#accuse(`recipient ${entry.key}: outcome ${earlier.code} became ${entry.code}`);
      }
      if (entry.code === CLAIMED) {
        this.#limits.sawClaim(`${doc.path} ${place}`, this.stops.of(campaignId));
        this.#sawClaim(campaignId, doc.path, entry, earlier);
      } else this.#sawVerdict(campaignId, `${doc.path} ${place}`, entry, earlier);
    }
  }

  /** An outcome stays, unless the campaign tries again what failed. */
  #isReversed(campaignId: string, { code }: Entry, after: Entry): boolean {
    if (!isOutcome(code) || code === after.code) return false;
    return isOutcome(after.code) || !mayBeRedriven(code) || !this.stops.of(campaignId).redrives;
  }

  #sawClaim(campaignId: string, path: string, entry: Entry, earlier: Entry | undefined): void {
    const message = this.#message(campaignId, entry.key, entry.address);
    message.claims += 1;
    if (this.stops.isLate(campaignId, null)) this.#accuse(`recipient ${entry.key} was claimed for a stopped campaign`);
    if (earlier === undefined || !isAmbiguousRetry(earlier.code)) return;
    message.ambiguousClaims += 1;
    this.repeatedIn.set(path, (this.repeatedIn.get(path) ?? 0) + 1);
  }

  /** Of a message that was not claimed: it has its outcome, or waits. */
  #sawVerdict(campaignId: string, place: string, { key, address, code }: Entry, earlier?: Entry): void {
    const state = NAMED_STATES.get(code);
    if (state !== undefined) this.#faults.note(state);
    const { policy, kind } = this.#plannedOf(campaignId).request;
    const { wasCancelled } = this.stops.of(campaignId);
    const about = `recipient ${key} of ${campaignId}`;
    const untilMs = this.#untilMs(campaignId);
    // Advertising that could go out only after the campaign's end is not waited for until then.
    const mayExpire = untilMs < Infinity && (kind === 'marketing' || this.#now() >= untilMs - 2 * SKEW_MS);
    const isAtItsEnd = mayExpire || this.#limits.areReached(place, policy);
    if (code === EXPIRED && !mayExpire) this.#accuse(`${about} has expired before its time`);
    if (isExhausted(code) && !isAtItsEnd) {
      this.#accuse(`${about} was given up after ${this.#limits.attemptsAt(place)} attempts`);
    }
    // One that only waited may have met a member who cannot be written to any more.
    const mayBeResent = policy.onAmbiguous === 'resend' && !wasCancelled && earlier?.code === CLAIMED;
    if (isUnknown(code) && mayBeResent && !isAtItsEnd) {
      this.#accuse(`${about} is unknown, though it may be resent`);
    }
    if (isHeld(code)) {
      this.#limits.sawHeld(place);
      this.#message(campaignId, key, address).wasHeld = true;
    }
    if (code === WITHHELD) this.#message(campaignId, key, address).withheld += 1;
    if (isAmbiguousRetry(code)) this.#mayBeAccepted.add(place);
    // A holder that was taken for dead tells late what FCM said.
    const isToldLate = earlier?.code === SENDER_DIED && !isAmbiguousRetry(code) && !isUnknown(code);
    if (code === REDRIVEN || isToldLate) this.#mayBeAccepted.delete(place);
    if (this.#mayBeAccepted.has(place) && (isExhausted(code) || isNotSent(code))) {
      this.#accuse(`${about} is ${code}, and FCM may have accepted it`);
    }
    if (code === CANCELLED && !wasCancelled) this.#accuse(`${about} is cancelled, and its campaign was not`);
  }

  /** From then on nothing may be sent; Infinity where nothing was said. */
  #untilMs(campaignId: string): number {
    return Date.parse(this.#plannedOf(campaignId).request.schedule?.until ?? '') || Infinity;
  }

  #message(campaignId: string, key: string, address: string): Message {
    const name = messageName(campaignId, key, address);
    const message = this.messages.get(name) ?? {
      campaignId,
      key,
      posts: [],
      claims: 0,
      ambiguousClaims: 0,
      withheld: 0,
      wasHeld: false,
    };
    this.messages.set(name, message);
    return message;
  }

  #accuse(what: string): void {
    this.#history.note('VIOLATION', what);
    this.violations.push(what);
  }
}
