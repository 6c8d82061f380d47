import type { CampaignState, Counts, Ending, LedgerCode } from '../contract/codes.ts';

/** What FCM's answers say about a campaign, its credentials, or FCM itself. */
type Answer = 'taken' | 'payload' | 'thirdParty' | 'mismatch' | 'credentials' | 'quota' | 'down';
/** Answers by kind, of every attempt made so far. */
export type Answers = Readonly<Record<Answer, number>>;

const NONE: Answers = { taken: 0, payload: 0, thirdParty: 0, mismatch: 0, credentials: 0, quota: 0, down: 0 };

/** A single address that is dead or over its quota says nothing about the others; it counts among the answers. */
const KINDS: Readonly<Partial<Record<LedgerCode, Answer>>> = {
  'accepted.fcm': 'taken',
  'invalid.unregistered': 'taken',
  'invalid.malformed': 'taken',
  'invalid.sender-mismatch': 'mismatch',
  'failed.payload': 'payload',
  'failed.third-party-auth': 'thirdParty',
  'failed.credentials': 'credentials',
  'retry.credentials': 'credentials',
  'failed.quota': 'quota',
  'retry.quota': 'quota',
  'failed.internal': 'down',
  'failed.unavailable': 'down',
  'failed.network': 'down',
  'unknown.timed-out': 'down',
  'unknown.connection-lost': 'down',
  'retry.internal': 'down',
  'retry.unavailable': 'down',
  'retry.network': 'down',
  'retry.timed-out': 'down',
  'retry.connection-lost': 'down',
};

/** Adds up answers, of codes as they stand and of those that a later attempt has taken the place of. */
export function answersOf(...all: readonly Counts[]): Answers {
  const sum = { ...NONE };
  for (const counts of all) {
    for (const [code, n] of Object.entries(counts) as [LedgerCode, number][]) {
      const kind = KINDS[code];
      if (kind !== undefined) sum[kind] += n;
    }
  }
  return sum;
}

/** Why a campaign was stopped. */
export type HaltReason = 'payload' | 'thirdParty' | 'mismatch' | 'credentials' | 'outage';

/** For an operator: what is wrong, and what to do. */
export const HALT_WORDS: Readonly<Record<HaltReason, string>> = {
  payload:
    'FCM refuses the message itself for at least half of the recipients. A message cannot be changed: cancel the campaign and create another one.',
  thirdParty:
    'FCM cannot reach APNs or the web push service with the credentials that the Firebase project holds. Renew them in the Firebase console, then resume; redrive sends to those that failed.',
  mismatch:
    'At least half of the addresses belong to another Firebase project. Check which project the apps and this deployment use, then resume.',
  credentials:
    'FCM refuses the credentials of this deployment. Give its service account the role Firebase Cloud Messaging API Admin, then resume: nobody was written off.',
  outage:
    'FCM has accepted nothing for an hour. Resume when it answers again (https://status.firebase.google.com): nobody was written off.',
};

/** How a campaign does, as its conductor has seen it. */
export interface Health {
  /** Answers that were looked at; null where those so far are to be left out. */
  readonly judged: Answers | null;
  /** The few that go first: still to be released, on their way, or found to be good. */
  readonly canary: 'due' | 'out' | 'passed';
  readonly canarySinceMs: number;
  /** FCM accepts nothing: the campaign rests, and asks now and then with one batch. */
  readonly outage: { readonly sinceMs: number; readonly probes: number; readonly probeAtMs: number } | null;
}
export const NEW_HEALTH: Health = { judged: NONE, canary: 'due', canarySinceMs: 0, outage: null };

/** What a turn sees. */
export interface Seen {
  readonly answers: Answers;
  readonly nowMs: number;
  /** Messages whose last answer says that FCM is down. */
  readonly down: number;
  /** Messages that FCM is to answer, where all are planned: a small campaign has no more answers to give. */
  readonly planned: number | null;
  /** Ranges are open. */
  readonly open: boolean;
  /** Ranges are left to be planned. */
  readonly unplanned: boolean;
}

export interface Judgement {
  readonly health: Health;
  readonly halt: HaltReason | null;
  /** FCM refuses for the project's quota, not for a device's. */
  readonly isOverQuota: boolean;
  /** FCM answers again. */
  readonly isBack: boolean;
}

/** With fewer answers a share says nothing. */
const ANSWERS_LEAST = 20;
const BAD_SHARE = 0.5;
const QUOTA_SHARE = 0.1;
const DOWN_SHARE = 0.9;
/** Where only retries are left, fewer than this share of all are devices that never answer. */
const DOWN_LEAST_SHARE = 0.01;
/** A canary that tells nothing for so long is lost, or held by the law. */
const CANARY_MAX_MS = 60_000;
const PROBE_FIRST_MS = 10_000;
const PROBE_MOST_MS = 60_000;
/** FCM asks to give a message up after 60 minutes; the campaign asks its operator. */
const OUTAGE_MAX_MS = 3_600_000;

/** What the answers since the last look say: whether to go on, to rest, or to stop. */
export function judgeHealth(health: Health, seen: Seen): Judgement {
  const { nowMs, answers } = seen;
  const same: Judgement = { health, halt: null, isOverQuota: false, isBack: false };
  if (health.judged === null) return { ...same, health: { ...health, judged: answers } };
  const { recent, judged } = sinceThen(answers, health.judged);
  const total = sumOf(recent);
  if (health.outage !== null) return judgeOutage({ ...health, judged: answers }, recent, total, nowMs);
  const least = Math.min(ANSWERS_LEAST, Math.max(1, seen.planned ?? ANSWERS_LEAST));
  const bad = worst(recent);
  const isBad = bad.n > 0 && bad.n >= total * BAD_SHARE;
  const canary = canaryAfter(health, seen, total);
  if (total < least) return { ...same, health: { ...health, judged, canary } };
  if (isBad) return { ...same, health: { ...health, judged: answers }, halt: bad.reason };
  // Of few, all that were ever given: one device that is asked again and again is not FCM.
  const isOfAll = least === ANSWERS_LEAST ? seen.down >= (seen.planned ?? 0) * DOWN_LEAST_SHARE : isMostlyDown(answers);
  const isDown = isMostlyDown(recent) && isOfAll;
  const outage = isDown ? { sinceMs: nowMs, probes: 0, probeAtMs: nowMs + PROBE_FIRST_MS } : null;
  const isOverQuota = total >= ANSWERS_LEAST && recent.quota > total * QUOTA_SHARE;
  return { ...same, health: { ...health, judged: answers, canary, outage }, isOverQuota };
}

function isMostlyDown(answers: Answers): boolean {
  return answers.down >= sumOf(answers) * DOWN_SHARE;
}

function sumOf(answers: Answers): number {
  return Object.values(answers).reduce((sum, n) => sum + n, 0);
}

function canaryAfter({ canary, canarySinceMs }: Health, seen: Seen, total: number): Health['canary'] {
  if (canary !== 'out') return canary;
  const isThrough = seen.open ? total >= ANSWERS_LEAST : seen.unplanned || total > 0;
  return isThrough || seen.nowMs - canarySinceMs >= CANARY_MAX_MS ? 'passed' : 'out';
}

function judgeOutage(health: Health, recent: Answers, total: number, nowMs: number): Judgement {
  const same: Judgement = { health, halt: null, isOverQuota: false, isBack: false };
  if (total > 0 && recent.down < total * BAD_SHARE)
    return { ...same, health: { ...health, outage: null }, isBack: true };
  const isTooLong = nowMs - (health.outage?.sinceMs ?? nowMs) >= OUTAGE_MAX_MS;
  return isTooLong ? { ...same, halt: 'outage' } : same;
}

/** The outage after one more probe: the pauses grow from 10 s to a minute. */
export function probed({ sinceMs, probes }: NonNullable<Health['outage']>, nowMs: number): Health['outage'] {
  const pauseMs = Math.min(PROBE_MOST_MS, PROBE_FIRST_MS * 2 ** Math.min(probes, 10));
  return { sinceMs, probes: probes + 1, probeAtMs: nowMs + pauseMs };
}

/** The health of a campaign that goes on after a rest: what came of it before is known to whoever resumed it. */
export function resumed(health: Health, wasHalted: boolean): Health {
  return { ...health, judged: null, outage: null, canary: wasHalted ? 'due' : health.canary };
}

/** Answers may become fewer, where a failed message is taken up again: from there on they are counted anew. */
function sinceThen(now: Answers, before: Answers): { readonly recent: Answers; readonly judged: Answers } {
  const kinds = Object.keys(NONE) as Answer[];
  const judged = Object.fromEntries(kinds.map((kind) => [kind, Math.min(now[kind], before[kind])])) as Answers;
  const recent = Object.fromEntries(kinds.map((kind) => [kind, now[kind] - judged[kind]])) as Answers;
  return { recent, judged };
}

/** What halts a campaign, all of it together, and the reason that most of it has. */
function worst(recent: Answers): { readonly reason: HaltReason; readonly n: number } {
  const reasons = ['payload', 'thirdParty', 'mismatch', 'credentials'] as const;
  const n = reasons.reduce((sum, reason) => sum + recent[reason], 0);
  return { n, reason: reasons.reduce((most, reason) => (recent[reason] > recent[most] ? reason : most)) };
}

/** What a campaign may do in this turn. `halted`: nothing. `probing`: ask with one batch. `canary`: send to the first few. */
export type Mode = 'full' | 'canary' | 'probing' | 'halted';

export function modeOf({
  state,
  ending,
  health,
}: {
  readonly state: CampaignState;
  readonly ending: Ending | null;
  readonly health: Health;
}): Mode {
  if (state !== 'running') return 'halted';
  if (ending !== null) return 'full';
  if (health.outage !== null) return 'probing';
  return health.canary === 'passed' ? 'full' : 'canary';
}
