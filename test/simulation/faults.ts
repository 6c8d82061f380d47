import type { RefusalCode } from '../../functions/src/contract/push.ts';
import type { Chance } from './chance.ts';

/** FCM's refusals; the type makes the list complete. */
const REFUSALS: Readonly<Record<RefusalCode, true>> = {
  INVALID_ARGUMENT_ADDRESS: true,
  INVALID_ARGUMENT_PAYLOAD: true,
  UNREGISTERED: true,
  SENDER_ID_MISMATCH: true,
  THIRD_PARTY_AUTH_ERROR: true,
  CREDENTIALS: true,
  QUOTA_EXCEEDED: true,
  INTERNAL: true,
  UNAVAILABLE: true,
  BAD_GATEWAY: true,
  UNEXPECTED: true,
};
export const REFUSAL_CODES = Object.keys(REFUSALS) as RefusalCode[];

/** What the main server changes while a campaign runs. */
export const MEMBER_CHANGES = [
  'member.refused',
  'member.consented',
  'member.night-refused',
  'member.night-consented',
  'member.address-changed',
  'member.addresses-removed',
  'member.removed',
  'member.added',
  'member.unreadable',
] as const;

const OTHER_FAULTS = [
  /** An invocation dies before, or after, a call of a port has its effect, or at some time in between. */
  'crash.before',
  'crash.after',
  'crash.anytime',
  /** An invocation stands still, often longer than its lease, and goes on. */
  'pause',
  /** The same between the claim of a batch and its POSTs. */
  'pause.sending',
  'clock.skew',
  /** Pub/Sub and Cloud Tasks: at least once, in any order, late; an acknowledgement can be lost. */
  'delivery.twice',
  'delivery.late',
  'delivery.dropped',
  'delivery.unacknowledged',
  /** Firestore: the write came through though its answer says otherwise, or it did not. */
  'firestore.conflict',
  'firestore.conflict-applied',
  'firestore.unavailable',
  'firestore.unavailable-applied',
  'firestore.deadline-exceeded',
  'firestore.deadline-exceeded-applied',
  'firestore.read-unavailable',
  'publish.failed',
  'publish.half-failed',
  'enqueue.failed',
  'enqueue.failed-applied',
  /** The time-out, or the end of the connection, that hides whether FCM accepted. */
  'fcm.timed-out-accepted',
  'fcm.timed-out-lost',
  'fcm.connection-lost-accepted',
  'fcm.connection-lost-lost',
  'fcm.not-sent',
  /** A push waits in its process for room on a connection. */
  'fcm.queued',
  'fcm.slow',
  'fcm.outage',
  ...MEMBER_CHANGES,
  /** What an operator asks for, sensible or not; some calls several times at once. */
  'control.pause',
  'control.resume',
  'control.cancel',
  'control.redrive',
  'control.twice',
  /** What messages went through, beside sending and retrying: of what no run shows, the simulation says nothing. */
  'message.withheld',
  'message.redriven',
  'message.held',
  'message.suppressed-at-night',
  'message.expired',
  /** What became of campaigns that FCM turned away. */
  'campaign.halted',
  'campaign.waits-for-fcm',
  /** The clocks are changed in the night that a run begins before or in. */
  'clock.changed',
] as const;

export type FaultKind = (typeof OTHER_FAULTS)[number] | `fcm.${RefusalCode}`;
export const FAULT_KINDS: readonly FaultKind[] = [
  ...OTHER_FAULTS,
  ...REFUSAL_CODES.map((code) => `fcm.${code}` as const),
];

/** Of the kinds that a run may show, each has a rate of its own; the others do not happen in it. */
const SHARE_OF_KINDS = [0.05, 0.1, 0.2, 0.5];
const RATES = [0.01, 0.03, 0.1];

/** Kinds of one of these families are frequent in a run: some mistakes show only where one thing goes wrong often. */
const FAMILIES = [
  ['crash'],
  ['pause'],
  ['pause'],
  ['pause'],
  ['delivery'],
  ['delivery.twice', 'fcm.UNAVAILABLE'],
  ['fcm.UNAVAILABLE', 'fcm.timed-out'],
  ['fcm.UNAVAILABLE', 'fcm.timed-out'],
  ['fcm.queued'],
  ['control.pause', 'control.resume', 'delivery.late', 'fcm.UNAVAILABLE'],
  ['control.pause', 'control.resume', 'delivery.late', 'fcm.UNAVAILABLE'],
  ['firestore'],
  ['enqueue'],
  ['publish'],
  ['fcm'],
  ['member'],
  ['control', 'fcm.queued', 'fcm.timed-out'],
  ['control', 'fcm.queued', 'fcm.UNAVAILABLE'],
];
/** Of many members FCM turns nearly all away in one manner, as long as things go wrong: of few the pipeline takes no notice. */
const TURNED_AWAY = [
  'fcm.INVALID_ARGUMENT_PAYLOAD',
  'fcm.THIRD_PARTY_AUTH_ERROR',
  'fcm.SENDER_ID_MISMATCH',
  'fcm.CREDENTIALS',
  'fcm.UNAVAILABLE',
  'fcm.UNAVAILABLE',
] as const satisfies readonly FaultKind[];
const SHARE_TURNED_AWAY = 0.7;
const RATE_TURNED_AWAY = 0.95;
const AT_NIGHTFALL = [['fcm.queued', 'pause'], ['pause.sending']];
const RATES_OF_FAMILY = [0.1, 0.3];
/** An operator does something every few seconds at the most; all else is asked for at every call. */
const OPERATOR_RATE = 5;

const BEFORE_MORNING_MS = 20_000;

/** What of a scenario the faults go by. */
interface Setting {
  /** `morningMs`: when all that was held overnight goes out; null where nothing is. */
  readonly begin: { readonly morningMs: number | null };
  readonly isCrowded: boolean;
}

/** Which faults happen in one run, how often, and until when. */
export class Faults {
  readonly counts = new Map<FaultKind, number>();
  readonly #chance: Chance;
  readonly #now: () => number;
  readonly #rates = new Map<FaultKind, number>();
  /** Hours of a night in which nothing goes wrong, because little happens. */
  readonly #quiet: { readonly fromMs: number; readonly toMs: number } | null;
  /** Afterwards all is well: then every campaign must come to its end. */
  readonly calmAtMs: number;

  constructor(chance: Chance, now: () => number, { begin: { morningMs }, isCrowded }: Setting) {
    this.#chance = chance;
    this.#now = now;
    const firstMs = now() + 25_000 + chance.delayMs(600_000);
    this.#quiet = morningMs === null ? null : { fromMs: firstMs, toMs: morningMs - BEFORE_MORNING_MS };
    this.calmAtMs = morningMs === null ? firstMs : morningMs + 10_000 + chance.delayMs(300_000);
    const share = chance.oneOf(SHARE_OF_KINDS);
    for (const kind of FAULT_KINDS) if (chance.happens(share)) this.#rates.set(kind, chance.oneOf(RATES));
    const rate = chance.oneOf(RATES_OF_FAMILY);
    // What the night is to stop has to wait, or to stand still, in the few seconds before it.
    const family = morningMs !== null && chance.happens(0.7) ? chance.oneOf(AT_NIGHTFALL) : chance.oneOf(FAMILIES);
    for (const prefix of family) {
      const kinds = FAULT_KINDS.filter((kind) => kind.startsWith(prefix));
      for (const kind of kinds) this.#rates.set(kind, Math.max(rate / kinds.length, this.#rates.get(kind) ?? 0));
    }
    if (isCrowded && chance.happens(SHARE_TURNED_AWAY)) this.#rates.set(chance.oneOf(TURNED_AWAY), RATE_TURNED_AWAY);
    for (const [kind, often] of this.#rates)
      if (kind.startsWith('control.')) this.#rates.set(kind, OPERATOR_RATE * often);
  }

  /** Is this a time in which things go wrong? */
  get areOut(): boolean {
    return this.#now() < this.calmAtMs && this.quietMs() === 0;
  }

  /** How long it is quiet from now on; 0 where it is not, or for good. */
  quietMs(): number {
    if (this.#quiet === null || this.#now() < this.#quiet.fromMs) return 0;
    return Math.max(0, this.#quiet.toMs - this.#now());
  }

  /** Does this fault happen here? */
  strikes(kind: FaultKind): boolean {
    const rate = this.#rates.get(kind);
    if (rate === undefined || !this.areOut || !this.#chance.happens(rate)) return false;
    this.note(kind);
    return true;
  }

  /** The first of the kinds that happens here, or null. */
  first<K extends FaultKind>(kinds: readonly K[]): K | null {
    return kinds.find((kind) => this.strikes(kind)) ?? null;
  }

  note(kind: FaultKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}
