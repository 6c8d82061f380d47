import type { Member, MemberAddress } from '../contract/member.ts';
import type { Push } from '../contract/push.ts';
import { toAddress } from './address.ts';
import { collapseTag } from './compose.ts';
import { askAtMs, heldOf, nextLookMs, tidy, usable, type Held, type Quarantine } from './quarantine.ts';

/** FCM's word on an address that it was asked about. */
export type Word = 'alive' | 'dead';

/** What FCM is asked about one address; nothing of it is ever delivered. */
export function checkOf(address: MemberAddress): Push {
  const nothing = { data: {}, android: {}, apns: {}, webpush: {} };
  return { address: toAddress(address), title: 'check', body: 'check', tag: collapseTag('', 'check'), ...nothing };
}

/** An address that is held back, and that it is time to ask about. */
export interface Suspect {
  readonly memberNo: number;
  readonly address: MemberAddress;
  readonly held: Held;
}

export function suspectsOf(
  quarantine: Quarantine,
  memberOf: (memberNo: number) => Member | null,
  { nowMs, graceMs }: { readonly nowMs: number; readonly graceMs: number },
): Suspect[] {
  return [...quarantine].flatMap(([memberNo, all]) =>
    all.flatMap((held): Suspect[] => {
      const address = memberOf(memberNo)?.addresses.find((one) => heldOf(one, [held]) !== undefined);
      return address === undefined || askAtMs(held, graceMs) > nowMs ? [] : [{ memberNo, address, held }];
    }),
  );
}

/** Addresses that nobody called dead, to see whether FCM is to be believed today. */
export function witnessesOf(members: Iterable<Member>, quarantine: Quarantine, limit: number): MemberAddress[] {
  const found: MemberAddress[] = [];
  for (const { memberNo, addresses } of members) {
    if (found.length >= limit) break;
    found.push(...usable(addresses, quarantine.get(memberNo) ?? []).slice(0, 1));
  }
  return found;
}

/** Fewer witnesses say nothing. */
const WITNESSES_MIN = 20;

/** Where FCM calls too many dead of those that nobody suspects, it is in trouble. */
export function isBelievable(witnesses: readonly (Word | null)[], share: number): boolean {
  const heard = witnesses.filter((word) => word !== null);
  const dead = heard.filter((word) => word === 'dead').length;
  return heard.length < WITNESSES_MIN || dead <= share * heard.length;
}

/** An hour, where FCM gave no word on what was asked. */
const AGAIN_MS = 3_600_000;

/**
 * A page after FCM's words. Alive: the address is used again. Dead before the grace time is over: it stays put aside.
 * Dead after it, for the third time: the member loses it.
 *
 * @param wordOn what FCM said to a suspect; null where it was not asked, or gave no answer
 */
export function afterWords(
  quarantine: Quarantine,
  memberOf: (memberNo: number) => Member | null,
  wordOn: (memberNo: number, held: Held) => Word | null,
  { nowMs, graceMs }: { readonly nowMs: number; readonly graceMs: number },
): { readonly quarantine: Quarantine; readonly lookAtMs: number | null; readonly members: readonly Member[] } {
  const kept = new Map<number, Held[]>();
  const members: Member[] = [];
  for (const [memberNo, all] of tidy(quarantine, (no) => memberOf(no)?.addresses ?? [])) {
    const dead = all.filter((held) => wordOn(memberNo, held) === 'dead');
    const lost = dead.filter((held) => held.asked && nowMs >= held.heldAtMs + graceMs);
    const left = all.filter((held) => wordOn(memberNo, held) !== 'alive' && !lost.includes(held));
    kept.set(
      memberNo,
      left.map((held) => (dead.includes(held) ? { ...held, asked: true } : held)),
    );
    const member = memberOf(memberNo);
    if (member === null || lost.length === 0) continue;
    members.push({ ...member, addresses: [...usable(member.addresses, lost)] });
  }
  const after = new Map([...kept].filter(([, held]) => held.length > 0));
  const nextMs = nextLookMs(after, graceMs);
  return { quarantine: after, members, lookAtMs: nextMs === null ? null : Math.max(nextMs, nowMs + AGAIN_MS) };
}
