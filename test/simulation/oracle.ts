import type { CampaignRequest } from '../../functions/src/contract/campaign.ts';
import type { Member } from '../../functions/src/contract/member.ts';
import type { Doc } from '../../functions/src/ports.ts';
import { AT_NIGHT, CODE_NAMES, EXPIRED, isOutcome, wasAnswered, readEntries, type Entry } from './ledger.ts';
import type { PlannedCampaign } from './scenario.ts';
import { inlinePerson } from './uploads.ts';
import type { Standing } from './stops.ts';
import { addressHash, messageName, type Message } from './witness.ts';

/** What is left when everything is over. */
export interface Aftermath {
  readonly request: CampaignRequest;
  /** What was uploaded; null for a campaign to members. */
  readonly parts: PlannedCampaign['parts'];
  readonly documents: readonly Doc[];
  /** Pages of an upload that expire, because nobody knew of them. */
  readonly strayPages: ReadonlySet<string>;
  readonly members: readonly Member[];
  /** Members that were changed while the campaign ran. */
  readonly touched: ReadonlySet<number>;
  /** Those of them that were not members all the time: the walk may have met them or not. */
  readonly mayLack: ReadonlySet<number>;
  /** What became of the campaign, as its document told it. */
  readonly standing: Standing;
  readonly messages: ReadonlyMap<string, Message>;
  /** Ambiguous messages that were claimed again, by batch. */
  readonly repeatedIn: ReadonlyMap<string, number>;
  /** Batches of which a redrive took something up again. */
  readonly redriven: ReadonlySet<string>;
}

interface Batch {
  readonly path: string;
  readonly fields: Doc['fields'];
  readonly entries: readonly Entry[];
}

type Counts = Readonly<Record<string, number>>;
interface Totals {
  readonly planned: number;
  readonly counts: Counts;
  readonly resent: number;
}

/** What FCM must have answered at least once, for an outcome to be the truth. */
const EVIDENCE: Readonly<Record<number, readonly string[]>> = {
  10: ['accepted'],
  20: ['UNREGISTERED'],
  21: ['INVALID_ARGUMENT_ADDRESS'],
  22: ['SENDER_ID_MISMATCH'],
  30: ['INVALID_ARGUMENT_PAYLOAD'],
  32: ['THIRD_PARTY_AUTH_ERROR'],
  33: ['CREDENTIALS'],
  34: ['QUOTA_EXCEEDED'],
  35: ['INTERNAL'],
  36: ['UNAVAILABLE', 'BAD_GATEWAY'],
  38: ['UNEXPECTED'],
  80: ['timed-out'],
  81: ['connection-lost'],
};

/** Holds a campaign's final documents against what it was asked to do and what FCM saw. */
export function judgeCampaign(after: Aftermath): string[] {
  const { id } = after.request;
  const campaign = after.documents.find(({ path }) => path === `campaigns/${id}`)?.fields ?? {};
  const end = after.standing.wasCancelled ? 'cancelled' : hasExpired(campaign) ? 'expired' : 'completed';
  if (campaign['state'] !== end) return [`campaign ${id} should be ${end}: it is ${text(campaign['state'])}`];
  const batches = after.documents
    .filter(({ path }) => path.startsWith(`campaigns/${id}/batches/`))
    .map(({ path, fields }): Batch => ({ path, fields, entries: readEntries(fields) }));
  const ranges = after.documents.filter(({ path }) => path.startsWith(`campaigns/${id}/ranges/`));
  const hasBegun = campaign['startedAtMs'] !== null;
  return [
    ...conservation(campaign, ranges, batches),
    ...batches.flatMap((batch) => outcomes(after, batch)),
    ...(hasBegun ? nobodyLost(after, batches) : batches.map(({ path }) => `${path} is of a campaign that never ran`)),
    ...attempts(after),
    ...forgotten(after),
    ...audited(after, campaign),
  ].map((what) => `campaign ${id}: ${what}`);
}

function hasExpired({ totals }: Doc['fields']): boolean {
  return ((totals as unknown as Totals | undefined)?.counts[CODE_NAMES[EXPIRED] ?? ''] ?? 0) > 0;
}

/** The campaign's totals, the ranges' and the ledger itself must say the same. */
function conservation(campaign: Doc['fields'], ranges: readonly Doc[], batches: readonly Batch[]): string[] {
  const entries = batches.flatMap((batch) => batch.entries);
  const ledger: Totals = {
    planned: entries.length,
    counts: countBy(entries.map(({ code }) => CODE_NAMES[code] ?? `number ${code}`)),
    resent: sum(batches.map(({ fields }) => fields['resent'] as number)),
  };
  const totals = campaign['totals'] as unknown as Totals;
  const ofRanges = ranges.map(({ fields }) => fields['totals'] as unknown as Totals);
  const summed: Totals = {
    planned: sum(ofRanges.map(({ planned }) => planned)),
    counts: addAll(ofRanges.map(({ counts }) => counts)),
    resent: sum(ofRanges.map(({ resent }) => resent)),
  };
  const found: string[] = [];
  if (!same(totals, ledger)) found.push(`the totals say ${text(totals)}, the ledger ${text(ledger)}`);
  if (!same(summed, ledger)) found.push(`the ranges say ${text(summed)}, the ledger ${text(ledger)}`);
  for (const { path, fields } of ranges) if (fields['state'] !== 'done') found.push(`${path} is not done`);
  // That FCM called too many addresses dead to be believed is a problem too, and keeps no campaign from its end.
  const isUnequal = (problem: string): boolean => problem.startsWith('The ledger holds');
  if ((campaign['problems'] as string[]).some(isUnequal)) found.push('it ended with a problem');
  return found;
}

/**
 * A message's limit of attempts begins anew whenever its campaign does, and after a night. What is refused because of the
 * deployment's own credentials does not count, nor what is tried while FCM is down, nor what was withheld.
 */
function attempts({ request: { id, policy }, standing, messages }: Aftermath): string[] {
  if (standing.hadOutage) return [];
  return [...messages.values()].flatMap(({ campaignId, key, claims, posts, withheld, wasHeld }) => {
    const most = policy.maxAttempts * (standing.starts + (wasHeld ? 1 : 0));
    const counted = claims - withheld - posts.filter(({ answer }) => answer === 'CREDENTIALS').length;
    const isWithin = campaignId !== id || counted <= most;
    return isWithin ? [] : [`recipient ${key} was claimed ${counted} times, and ${most} times are allowed`];
  });
}

/** The audit tells of each call that changed something, once. */
function audited({ standing }: Aftermath, campaign: Doc['fields']): string[] {
  const audit = campaign['audit'] as unknown as readonly { readonly what: string }[];
  const pauses = audit.filter(({ what }) => what === 'pause').length;
  return pauses === standing.pauses ? [] : [`it was paused ${standing.pauses} times, and the audit tells of ${pauses}`];
}

/** Every message has an outcome, and each outcome is true. */
function outcomes({ request, messages, repeatedIn, redriven }: Aftermath, { path, fields, entries }: Batch): string[] {
  const found: string[] = [];
  const accuse = (entry: Entry, what: string): void => void found.push(`recipient ${entry.key} in ${path}: ${what}`);
  for (const entry of entries) {
    const { code } = entry;
    const posts = messages.get(messageName(request.id, entry.key, entry.address))?.posts ?? [];
    const needed = EVIDENCE[code];
    if (!isOutcome(code)) accuse(entry, `has no outcome but ${code}`);
    if (needed !== undefined && !posts.some(({ answer }) => needed.includes(answer))) {
      accuse(entry, `FCM never said ${CODE_NAMES[code]}`);
    }
  }
  const resent = fields['resent'] as number;
  const repeated = repeatedIn.get(path) ?? 0;
  if (resent !== repeated) found.push(`${path} says ${resent} resent, ${repeated} were`);
  // An operator who redrives asks for it, whatever the policy.
  const mayRepeat = request.policy.onAmbiguous === 'resend' || redriven.has(path);
  if (!mayRepeat && repeated > 0) found.push(`${path} resent what was to be recorded`);
  return found;
}

/** Every member of the audience is in the ledger, in one batch, once for each address or with one reason. */
function nobodyLost(after: Aftermath, batches: readonly Batch[]): string[] {
  const found: string[] = [];
  const byKey = new Map<string, Entry[]>();
  for (const { path, entries } of batches) {
    for (const [key, own] of Map.groupBy(entries, (entry) => entry.key)) {
      if (byKey.has(key)) found.push(`member ${key} is in ${path} and in an earlier batch`);
      byKey.set(key, own);
    }
  }
  for (const person of audienceOf(after)) {
    const { key, isStable, mayLack } = person;
    const entries = byKey.get(key) ?? [];
    if (isStable) found.push(...asExpected(after, person, entries));
    else if (entries.length === 0 && !mayLack) found.push(`recipient ${key} was lost`);
    if (new Set(entries.map(({ address }) => address)).size !== entries.length) {
      found.push(`recipient ${key} has one address twice`);
    }
  }
  return found;
}

interface Person extends Pick<Member, 'addresses' | 'consent'> {
  readonly key: string;
  /** Nothing happened to it while the campaign ran. */
  readonly isStable: boolean;
  readonly mayLack: boolean;
}

function audienceOf({ request: { audience }, parts, members, touched, mayLack }: Aftermath): Person[] {
  const { from, to } = 'members' in audience ? audience.members : { from: 0, to: 0 };
  const numbers = new Set(parts?.flat().flatMap(({ memberNo }) => memberNo ?? []));
  const known = members.filter(({ memberNo: no }) => (parts === null ? no >= from && no <= to : numbers.has(no)));
  const inline = (parts ?? []).flat().filter(({ memberNo }) => memberNo === undefined);
  return [
    ...known.map((member) => ({
      ...member,
      key: String(member.memberNo),
      isStable: !touched.has(member.memberNo),
      // Who is named one by one has an outcome, a member or not.
      mayLack: parts === null && mayLack.has(member.memberNo),
    })),
    ...inline.map((line) => ({ ...inlinePerson(line), key: line.key, isStable: true, mayLack: false })),
  ];
}

/** An upload's texts are gone with its end. */
function forgotten({ request: { id }, documents, strayPages }: Aftermath): string[] {
  return documents
    .filter(({ path }) => path.startsWith(`campaigns/${id}/recipients/`) && !strayPages.has(path))
    .map(({ path }) => `${path} was kept`);
}

/** Somebody whom nothing happened to: what its messages must be is known to the last one. */
function asExpected({ request, messages }: Aftermath, member: Person, entries: readonly Entry[]): string[] {
  const { id, kind, policy } = request;
  const about = `recipient ${member.key}`;
  const choice = member.consent.marketing;
  const addresses = new Set(
    member.addresses.map(({ token, fid }) => addressHash(token === undefined ? `fid:${fid}` : `token:${token}`)),
  );
  const alone =
    kind === 'marketing' && choice?.granted !== true ? (choice ? 52 : 51) : addresses.size === 0 ? 50 : null;
  // Which of the attempts met the night depends on when they were.
  const mayMeetNight = kind === 'marketing' && policy.night === 'suppress' && member.consent.night?.granted !== true;
  const isAlone = entries.length === 1 && entries[0]?.code === AT_NIGHT && entries[0].address === '';
  if (mayMeetNight && choice?.granted === true && isAlone) return [];
  if (alone !== null) {
    const [only] = entries;
    const isRight = entries.length === 1 && only?.code === alone && only.address === '';
    return isRight ? [] : [`${about} should have the one outcome ${alone}, not ${text(entries)}`];
  }
  const found = new Set(entries.map(({ address }) => address));
  // What another campaign found dead is put aside when that one has ended, which may be before or while this one runs.
  const dead = calledDead(messages, id, member);
  for (const address of dead) if (!found.has(address)) addresses.delete(address);
  if (addresses.size === 0) {
    const isRight = entries.length === 1 && entries[0]?.code === QUARANTINED && entries[0].address === '';
    return isRight ? [] : [`${about} should be quarantined, not ${text(entries)}`];
  }
  const consentAtMs = kind === 'marketing' ? Date.parse(choice?.at ?? '') : 0;
  const relying = entries.filter(({ code }) => wasAnswered(code));
  return [
    ...(same([...addresses].sort(), [...found].sort()) ? [] : [`${about} has other addresses in the ledger`]),
    ...relying.flatMap((entry) => (entry.consentAtMs === consentAtMs ? [] : [`${about} relies on another consent`])),
    ...entries
      .filter(({ code, address }) => code >= 50 && code < 60 && !(code === QUARANTINED && dead.includes(address)))
      .filter(({ code }) => !(mayMeetNight && code === AT_NIGHT))
      .map(({ code }) => `${about} was suppressed: ${CODE_NAMES[code]}`),
  ];
}

const QUARANTINED = 56;
const DEAD: ReadonlySet<string> = new Set(['UNREGISTERED', 'INVALID_ARGUMENT_ADDRESS', 'SENDER_ID_MISMATCH']);

/** The member's addresses that FCM called dead in another campaign. */
function calledDead(messages: Aftermath['messages'], campaignId: string, { key }: Person): string[] {
  return [...messages].flatMap(([name, message]) => {
    if (message.campaignId === campaignId || message.key !== key) return [];
    return message.posts.some(({ answer }) => DEAD.has(answer)) ? [name.slice(name.lastIndexOf(' ') + 1)] : [];
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const text = (value: unknown): string => JSON.stringify(value);

function countBy(names: readonly string[]): Counts {
  return addAll(names.map((name) => ({ [name]: 1 })));
}

function addAll(all: readonly Counts[]): Counts {
  const total: Record<string, number> = {};
  for (const counts of all) for (const [name, n] of Object.entries(counts)) total[name] = (total[name] ?? 0) + n;
  return total;
}

function same(a: unknown, b: unknown): boolean {
  return text(canonical(a)) === text(canonical(b));
}

/** Only what both sides know, in one order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  const { planned, counts, resent } = value as Totals;
  return [
    planned,
    Object.entries(counts)
      .filter(([, n]) => n !== 0)
      .sort(([x], [y]) => (x < y ? -1 : 1)),
    resent,
  ];
}
