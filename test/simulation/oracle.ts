import type { Doc } from '../../functions/src/ports.ts';
import type { Aftermath, Batch } from './aftermath.ts';
import { nobodyLost } from './audience.ts';
import { CODE_NAMES, EXPIRED, isOutcome, readEntries, type Entry } from './ledger.ts';
import { messageName } from './message.ts';

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

/** An upload's texts are gone with its end. */
function forgotten({ request: { id }, documents, strayPages }: Aftermath): string[] {
  return documents
    .filter(({ path }) => path.startsWith(`campaigns/${id}/recipients/`) && !strayPages.has(path))
    .map(({ path }) => `${path} was kept`);
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

/** Totals are the same whatever order their counts stand in. */
function same(a: Totals, b: Totals): boolean {
  return text(canonical(a)) === text(canonical(b));
}

/** Only what both sides know, in one order. */
function canonical({ planned, counts, resent }: Totals): unknown {
  const known = Object.entries(counts).filter(([, n]) => n !== 0);
  return [planned, known.sort(([x], [y]) => (x < y ? -1 : 1)), resent];
}
