import type { CampaignView, OutcomeLine } from '../../client/index.ts';
import { faultOf } from './addresses.ts';
import type { Expected } from './audience.ts';
import type { FcmLog, Posts } from './fcmLog.ts';
import type { Policy } from './options.ts';

/** What one campaign was asked to do, and what the API says became of it. */
export interface Ended {
  readonly policy: Policy;
  readonly expected: readonly Expected[];
  readonly campaign: Pick<
    CampaignView,
    'state' | 'planned' | 'outcomes' | 'reasons' | 'pending' | 'conserved' | 'resent'
  >;
  readonly lines: readonly OutcomeLine[];
}

/** How many messages break which promise; all of it has to be 0, and `conserved` true. */
export interface Judgement {
  readonly messages: number;
  /** No outcome, or one that says `accepted` though FCM accepted nothing. */
  readonly lost: number;
  /** Another outcome than their address leads to, or one that FCM never gave. */
  readonly untrue: number;
  /** Lines about messages that are nobody's, and second lines about one message. */
  readonly surplus: number;
  /** Notifications that a device shows beside another one of the same content. */
  readonly shownTwice: number;
  /** POSTs beyond the claims that the ledger has for their message. */
  readonly outsideClaim: number;
  /** POSTs that were accepted beyond the first, by what the campaign does with ambiguous messages. */
  readonly duplicates: Readonly<Record<Policy, number>>;
  /** Messages that the ledger says were sent again though FCM may have accepted them, and those that it calls unknown. */
  readonly resent: number;
  readonly unknown: number;
  /** Messages whose only POST left open what FCM made of it, of which a campaign that records says it knows. */
  readonly overconfident: number;
  /** POSTs to somebody who has not consented, or whom nobody knows. */
  readonly unlawful: number;
  readonly conserved: boolean;
  /** The first of what was found, in words. */
  readonly findings: readonly string[];
}

/** What FCM must have decided at least once for an outcome to be the truth. */
const EVIDENCE: Readonly<Record<string, string>> = {
  'accepted.fcm': 'accepted',
  'invalid.unregistered': 'UNREGISTERED',
  'invalid.malformed': 'INVALID_ARGUMENT',
  'invalid.sender-mismatch': 'SENDER_ID_MISMATCH',
  'failed.payload': 'INVALID_ARGUMENT',
  'failed.third-party-auth': 'THIRD_PARTY_AUTH_ERROR',
};
/**
 * What FCM answers before it looks at an address. Where the first POST met one of these, the fault that the address has
 * for its first POST never came.
 */
const REFUSALS: ReadonlySet<string | undefined> = new Set([
  'QUOTA_EXCEEDED',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'UNAVAILABLE',
]);
const NO_POSTS: Posts = { posts: 0, accepted: 0, decisions: new Set(), tags: new Set() };
const FINDINGS_MAX = 20;

/**
 * Holds what FCM saw and what the API tells against what the members lead to. It shares no code with the pipeline, and
 * takes nothing for true that the pipeline alone says.
 */
export function judge(campaigns: readonly Ended[], fcm: FcmLog): Judgement {
  const inquiry = new Inquiry(fcm);
  for (const campaign of campaigns) inquiry.hear(campaign);
  return inquiry.judgement(campaigns);
}

class Inquiry {
  readonly #fcm: FcmLog;
  readonly #findings: string[] = [];
  readonly #lawful = new Set<string>();
  readonly #counts = { messages: 0, lost: 0, untrue: 0, surplus: 0, outsideClaim: 0, unknown: 0, overconfident: 0 };
  readonly #duplicates = { resend: 0, record: 0 };
  #conserved = true;

  constructor(fcm: FcmLog) {
    this.#fcm = fcm;
  }

  hear(ended: Ended): void {
    const lines = new Map<string, OutcomeLine>();
    for (const line of ended.lines) {
      const name = nameOf(line.key, line.address);
      if (lines.has(name)) this.#find('surplus', `${name} has two outcomes`);
      lines.set(name, line);
    }
    for (const expected of ended.expected) {
      const name = nameOf(expected.key, expected.addressHash);
      const posts = this.#fcm.posts.get(expected.address ?? '') ?? NO_POSTS;
      this.#counts.messages += 1;
      if (expected.address !== null) this.#lawful.add(expected.address);
      this.#duplicates[ended.policy] += Math.max(0, posts.accepted - 1);
      this.#message(ended.policy, name, expected, lines.get(name), posts);
      lines.delete(name);
    }
    for (const name of lines.keys()) this.#find('surplus', `${name} is no message that the members lead to`);
    this.#conservation(ended);
  }

  judgement(campaigns: readonly Ended[]): Judgement {
    const strangers = [...this.#fcm.posts].filter(([address]) => !this.#lawful.has(address));
    for (const [address] of strangers.slice(0, FINDINGS_MAX)) this.#note(`${short(address)} had not consented`);
    return {
      ...this.#counts,
      duplicates: this.#duplicates,
      shownTwice: this.#fcm.shownTwice,
      resent: campaigns.reduce((sum, { campaign }) => sum + campaign.resent, 0),
      unlawful: strangers.reduce((sum, [, { posts }]) => sum + posts, 0),
      conserved: this.#conserved,
      findings: this.#findings,
    };
  }

  #message(policy: Policy, name: string, expected: Expected, line: OutcomeLine | undefined, posts: Posts): void {
    if (line === undefined) return this.#find('lost', `${name} has no outcome`);
    const outcome = `${line.outcome}.${line.reason}`;
    if (posts.posts > line.attempts) {
      this.#find('outsideClaim', `${name} was posted ${posts.posts} times and claimed ${line.attempts} times`);
    }
    if (posts.tags.size > 1) this.#find('untrue', `${name} was posted under ${posts.tags.size} tags`);
    if (line.outcome === 'unknown') {
      this.#counts.unknown += 1;
      if (policy === 'resend') this.#find('untrue', `${name} is ${outcome}, and was to be sent again`);
      if (line.attempts === 0) this.#find('untrue', `${name} is ${outcome}, and was never claimed`);
      return;
    }
    const [first] = posts.decisions;
    if (policy === 'record' && expected.ambiguous && !REFUSALS.has(first)) {
      const said = [...posts.decisions].join(', ');
      const fault = faultOf(expected.address ?? '') ?? 'none';
      this.#find('overconfident', `${name} (${fault}) is ${outcome} after ${line.attempts} claims; FCM: ${said}`);
    }
    const needed = EVIDENCE[outcome];
    if (outcome === 'accepted.fcm' && posts.accepted === 0) this.#find('lost', `${name}: FCM never accepted it`);
    else if (outcome !== expected.outcome) this.#find('untrue', `${name} is ${outcome}, and not ${expected.outcome}`);
    else if (needed !== undefined && !posts.decisions.has(needed)) {
      this.#find('untrue', `${name} is ${outcome}, and FCM never said so`);
    }
  }

  #conservation({ campaign, lines, expected, policy }: Ended): void {
    const listed: Record<string, number> = {};
    for (const { outcome, reason } of lines) {
      const code = `${outcome}.${reason}`;
      listed[code] = (listed[code] ?? 0) + 1;
    }
    const ended = Object.values(campaign.outcomes).reduce((sum, count) => sum + count, 0);
    const accuse = (what: string): void => {
      this.#conserved = false;
      this.#note(`the campaign that is to ${policy}: ${what}`);
    };
    if (campaign.state !== 'completed') accuse(`it is ${campaign.state}`);
    if (!campaign.conserved || campaign.pending > 0) accuse('it says itself that it is not conserved');
    if (campaign.planned !== ended) accuse(`planned ${campaign.planned}, ended ${ended}`);
    if (campaign.planned !== expected.length) accuse(`planned ${campaign.planned}, expected ${expected.length}`);
    if (textOf(listed) !== textOf(campaign.reasons)) accuse('its totals are not what its messages add up to');
  }

  #find(kind: 'lost' | 'untrue' | 'surplus' | 'outsideClaim' | 'overconfident', what: string): void {
    this.#counts[kind] += 1;
    this.#note(what);
  }

  #note(what: string): void {
    if (this.#findings.length < FINDINGS_MAX) this.#findings.push(what);
  }
}

/** A message as a finding names it. */
const nameOf = (key: string, addressHash: string | null): string => `member ${key} at ${addressHash ?? 'no address'}`;
const short = (address: string): string => `${address.slice(0, 12)}…`;

/** Counts as one text, whatever their order; a count of nothing says as much as no count. */
function textOf(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).filter(([, count]) => count !== 0);
  return entries
    .map(([code, count]) => `${code} ${count}`)
    .toSorted()
    .join(', ');
}
