import type { Member } from '../../client/index.ts';
import { address } from './addresses.ts';
import { DEFAULT_FAULTS, type FaultShares } from './faults.ts';
import { koreanName } from './names.ts';
import { randomFor, type Random } from './random.ts';

/** What the members are like. Shares are from 0 to 1, of all members unless it says otherwise. */
export interface Profile {
  /** Member numbers that nobody has. */
  readonly gaps: number;
  readonly noAddress: number;
  readonly twoAddresses: number;
  readonly threeAddresses: number;
  /** Members who were never asked, or never chose, whether they want advertising. */
  readonly neverChosen: number;
  readonly refused: number;
  /** Of those who agreed to advertising: also at night. */
  readonly nightGranted: number;
  readonly nightRefused: number;
  /** Members of whom no name is known. */
  readonly noName: number;
  /** Of all addresses. */
  readonly faults: FaultShares;
}

export const DEFAULT_PROFILE: Profile = {
  gaps: 0.02,
  noAddress: 0.03,
  twoAddresses: 0.12,
  threeAddresses: 0.03,
  neverChosen: 0.1,
  refused: 0.05,
  nightGranted: 0.3,
  nightRefused: 0.2,
  noName: 0.03,
  faults: DEFAULT_FAULTS,
};

/** Members who are all written to: each has one address that works and agrees to everything. */
export function plainMembers(faults: FaultShares = {}): Profile {
  return { ...DEFAULT_PROFILE, faults, gaps: 0, noAddress: 0, twoAddresses: 0, threeAddresses: 0 };
}

const DAY_MS = 86_400_000;
/** Everything that the members ever did lies in the two years before; fixed, so that files are the same for ever. */
const UNTIL_MS = Date.parse('2026-01-01T00:00:00Z');
const SINCE_MS = UNTIL_MS - 730 * DAY_MS;

const GRADES = ['일반', '일반', '일반', '우수', 'VIP'] as const;
const ABROAD = ['Asia/Tokyo', 'America/Los_Angeles', 'Europe/Berlin'] as const;

/**
 * The member with this number, or null where the number is a gap. The same seed, number and profile give the same
 * member, whoever else is made.
 */
export function memberAt(seed: number, memberNo: number, profile: Profile): Member | null {
  const random = randomFor(seed, memberNo);
  if (random.chance(profile.gaps)) return null;
  const grade = random.pick(GRADES);
  const points = String(random.below(200_000));
  const vars = random.chance(profile.noName) ? { grade, points } : { name: koreanName(random), grade, points };
  return {
    memberNo,
    addresses: Array.from({ length: addressCount(random, profile) }, () =>
      address(random, profile.faults, SINCE_MS, UNTIL_MS),
    ),
    consent: consent(random, profile),
    ...(random.chance(0.02) ? { timeZone: random.pick(ABROAD) } : {}),
    vars,
    tags: [...(grade === 'VIP' ? ['vip'] : []), ...(random.chance(0.1) ? ['beta'] : [])],
  };
}

function addressCount(random: Random, profile: Profile): number {
  const at = random.next() / 2 ** 32;
  if (at < profile.noAddress) return 0;
  if (at < profile.noAddress + profile.twoAddresses) return 2;
  return at < profile.noAddress + profile.twoAddresses + profile.threeAddresses ? 3 : 1;
}

function consent(random: Random, profile: Profile): Member['consent'] {
  const at = random.next() / 2 ** 32;
  // Both ways of saying "never chosen" occur in what main servers send.
  if (at < profile.neverChosen) return random.chance(0.5) ? {} : { marketing: null, night: null };
  const marketing = choice(random, at >= profile.neverChosen + profile.refused);
  if (!marketing.granted) return { marketing, night: null };
  const night = random.next() / 2 ** 32;
  if (night < profile.nightGranted) return { marketing, night: choice(random, true) };
  return night < profile.nightGranted + profile.nightRefused
    ? { marketing, night: choice(random, false) }
    : { marketing };
}

function choice(random: Random, granted: boolean): { granted: boolean; at: string } {
  return { granted, at: new Date(SINCE_MS + random.below(UNTIL_MS - SINCE_MS)).toISOString() };
}
