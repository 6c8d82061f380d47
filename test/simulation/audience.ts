import type { Member } from '../../functions/src/contract/member.ts';
import type { Aftermath, Batch } from './aftermath.ts';
import { AT_NIGHT, CODE_NAMES, wasAnswered, type Entry } from './ledger.ts';
import { addressHash } from './message.ts';
import { inlinePerson } from './uploads.ts';

/** Every member of the audience is in the ledger, in one batch, once for each address or with one reason. */
export function nobodyLost(after: Aftermath, batches: readonly Batch[]): string[] {
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
    ...(text([...addresses].sort()) === text([...found].sort()) ? [] : [`${about} has other addresses in the ledger`]),
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

const text = (value: unknown): string => JSON.stringify(value);
