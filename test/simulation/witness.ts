import { createHash } from 'node:crypto';
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
import { Limits } from './limits.ts';
import { HOME_ZONE, isNight } from './nights.ts';
import type { PlannedCampaign } from './scenario.ts';
import { inlinePerson } from './uploads.ts';
import { Stops } from './stops.ts';

/** How far an instance's clock may be off, either way. */
export const SKEW_MS = 2_000;
/** A POST is on its way for as long as FCM's latency, and begins by a clock that may be off. */
const ON_ITS_WAY_MS = SKEW_MS + 500;

interface Batch {
  readonly claim: unknown;
  readonly entries: readonly Entry[];
}

interface LookUp {
  readonly members: Readonly<Record<string, string>>;
  readonly atMs: number;
}

/** Of a member, as far as the law asks. */
interface Person {
  readonly consent: { readonly marketing?: Choice | null | undefined; readonly night?: Choice | null | undefined };
  readonly timeZone?: string;
}
interface Choice {
  readonly granted: boolean;
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
  /** Claims that were not used: the campaign's or the law's time was over before its POST could begin. */
  withheld: number;
  /** The law held it once, and its attempts began anew. */
  wasHeld: boolean;
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
 * Sees every write of the database, every POST at FCM and every look-up of a member as they happen, and says which of
 * them may not be. It shares no code with the pipeline.
 */
export class Witness {
  readonly violations: string[] = [];
  readonly messages = new Map<string, Message>();
  readonly stops: Stops;
  /** Pages that a caller wrote whose process slept until the upload was closed: nobody knows of them, and they expire. */
  readonly strayPages = new Set<string>();
  /** Ambiguous messages that were claimed again, by batch. */
  readonly repeatedIn = new Map<string, number>();
  /** Batches of which a redrive took something up again. */
  readonly redriven = new Set<string>();
  /** The oldest look-up of a member's consent that a POST relied on, in milliseconds. */
  oldestLookUpMs = 0;
  posts = 0;
  readonly #history: History;
  readonly #faults: Faults;
  readonly #now: () => number;
  readonly #batches = new Map<string, Batch>();
  readonly #leases = new Map<string, { readonly fence: number; readonly leaseUntilMs: number }>();
  readonly #stored = new Set<string>();
  /** What each invocation read of members, the last first. */
  readonly #lookUps = new Map<string, LookUp[]>();
  readonly #plannedOf: PlannedOf;
  readonly #limits: Limits;
  /** Places in the ledger of messages that FCM may have accepted at an attempt before. */
  readonly #mayBeAccepted = new Set<string>();

  constructor(history: History, faults: Faults, now: () => number, plannedOf: PlannedOf) {
    this.#history = history;
    this.#faults = faults;
    this.#now = now;
    this.stops = new Stops(now);
    this.#plannedOf = plannedOf;
    this.#limits = new Limits(now, 2 * SKEW_MS);
  }

  /** Has this campaign been stored? */
  hasSeen(campaignId: string): boolean {
    return this.#stored.has(campaignId);
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
    if (this.#plannedOf(post.campaignId).request.kind === 'marketing') this.#judgeLaw(post, about);
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

  /** By what the invocation that made this POST had read of the recipient. */
  #judgeLaw(post: Post, about: string): void {
    const { parts } = this.#plannedOf(post.campaignId);
    const line = parts?.flat().find(({ key }) => key === post.key);
    if (line !== undefined && line.memberNo === undefined) return this.#judgePerson(post, inlinePerson(line), about);
    const lookUp = this.#lookUps.get(post.by)?.find(({ members }) => members[post.key] !== undefined);
    const stored = lookUp?.members[post.key];
    if (lookUp === undefined || stored === undefined) return this.#accuse(`${about} was not looked up`);
    this.oldestLookUpMs = Math.max(this.oldestLookUpMs, post.atMs - lookUp.atMs);
    this.#judgePerson(post, JSON.parse(stored) as Person, about);
  }

  #judgePerson(post: Post, { consent, timeZone = HOME_ZONE }: Person, about: string): void {
    if (consent.marketing?.granted !== true) this.#accuse(`${about} had not consented when this attempt looked`);
    if (consent.night?.granted === true) return;
    const atNight = [-ON_ITS_WAY_MS, ON_ITS_WAY_MS].every((ms) => isNight(timeZone, post.atMs + ms));
    if (atNight) this.#accuse(`${about} was sent advertising at night`);
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

export const messageName = (campaignId: string, key: string, address: string): string =>
  `${campaignId} ${key} ${address}`;

/** As the ledger's description has it: the first 8 bytes of the SHA-256 of the address with its kind before it. */
export function addressHash(address: string): string {
  return createHash('sha256').update(address).digest('hex').slice(0, 16);
}
