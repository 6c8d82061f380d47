import { createHash } from 'node:crypto';
import type { CampaignRequest } from '../contract/campaign.ts';
import { MEMBERS_PER_PAGE } from './page.ts';

/** How many campaigns may write to a member; Infinity where nothing was said. */
export interface Cap {
  /** On one day of the member's calendar. */
  readonly perDay: number;
  /** On seven days of it, one after the other. */
  readonly perWeek: number;
}

/** One campaign's messages to a page's members on one day. */
export interface Sent {
  /** 8 bytes that name the campaign. */
  readonly campaign: Uint8Array;
  /** Days since 1970 of the members' own calendars. */
  readonly day: number;
  /** One bit for each place of the page. */
  readonly places: Uint8Array;
}

/** A message that wants to be counted. */
export interface Ask {
  readonly memberNo: number;
  /** The member's own day. */
  readonly day: number;
}

const NAME_BYTES = 8;
const DAY_BYTES = 3;
const PLACES_BYTES = Math.ceil(MEMBERS_PER_PAGE / 8);
const ENTRY_BYTES = NAME_BYTES + DAY_BYTES + PLACES_BYTES;
/** Entries of a page, 18 KB; see `HELD_MAX` for the page's room. Where there are more, nobody is written to. */
export const SENT_MAX = 250;
const WEEK_DAYS = 7;

/**
 * The cap that a campaign is under: of the deployment's and its own the stricter. Null where there is none; what is
 * not advertising is neither capped nor counted.
 */
export function capOf({ kind, policy }: Pick<CampaignRequest, 'kind' | 'policy'>, deployment: Cap): Cap | null {
  if (kind !== 'marketing') return null;
  const perDay = Math.min(deployment.perDay, policy.cap?.perDay ?? Infinity);
  const perWeek = Math.min(deployment.perWeek, policy.cap?.perWeek ?? Infinity);
  return perDay === Infinity && perWeek === Infinity ? null : { perDay, perWeek };
}

export function nameOf(campaignId: string): Uint8Array {
  return createHash('sha256').update(campaignId).digest().subarray(0, NAME_BYTES);
}

export function encodeSent(sent: readonly Sent[]): Uint8Array {
  const bytes = Buffer.alloc(sent.length * ENTRY_BYTES);
  for (const [index, { campaign, day, places }] of sent.entries()) {
    const at = index * ENTRY_BYTES;
    bytes.set(campaign, at);
    bytes.writeUIntBE(day, at + NAME_BYTES, DAY_BYTES);
    bytes.set(places, at + NAME_BYTES + DAY_BYTES);
  }
  return bytes;
}

/** @throws RangeError where the bytes are none as `encodeSent` writes them */
export function decodeSent(bytes: Uint8Array): Sent[] {
  if (bytes.length % ENTRY_BYTES !== 0) throw new RangeError(`${bytes.length} bytes of what was sent`);
  const buffer = Buffer.from(bytes);
  return Array.from({ length: buffer.length / ENTRY_BYTES }, (_, index) => {
    const entry = buffer.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES);
    return {
      campaign: Uint8Array.from(entry.subarray(0, NAME_BYTES)),
      day: entry.readUIntBE(NAME_BYTES, DAY_BYTES),
      places: Uint8Array.from(entry.subarray(NAME_BYTES + DAY_BYTES)),
    };
  });
}

/**
 * Counts a campaign's messages to members of one page before they are sent, where the cap allows them. The same
 * message again is allowed and not counted twice; on another day it is counted on that day too.
 *
 * @returns the page's counts without those that are too old to matter, and who may be written to
 */
export function reserve(
  sent: readonly Sent[],
  campaign: Uint8Array,
  asks: readonly Ask[],
  cap: Cap,
): { readonly sent: readonly Sent[]; readonly allowed: ReadonlySet<number>; readonly isChanged: boolean } {
  const firstDay = asks.reduce((first, { day }) => Math.min(first, day), Infinity);
  // A day more than the week: a member who moves to another time zone may come to the day before once more.
  const after = sent.filter(({ day }) => day >= firstDay - WEEK_DAYS);
  const allowed = new Set<number>();
  let isChanged = false;
  for (const { memberNo, day } of asks) {
    const place = memberNo % MEMBERS_PER_PAGE;
    const own = after.findIndex((one) => one.day === day && isSame(one.campaign, campaign));
    const known = after[own] ?? { campaign, day, places: new Uint8Array(PLACES_BYTES) };
    if (!has(known, place)) {
      const others = after.filter((one) => has(one, place) && !isSame(one.campaign, campaign));
      if (!isWithin(others, day, cap) || (own === -1 && after.length >= SENT_MAX)) continue;
      after[own === -1 ? after.length : own] = withTurned(known, place);
      isChanged = true;
    }
    allowed.add(memberNo);
  }
  return { sent: after, allowed, isChanged };
}

/** The counts without a member's. */
export function forgotten(sent: readonly Sent[], memberNo: number): Sent[] {
  const place = memberNo % MEMBERS_PER_PAGE;
  return sent.map((one) => (has(one, place) ? withTurned(one, place) : one));
}

/** Days to come count as well: they are of a member who has moved. */
function isWithin(others: readonly Sent[], day: number, { perDay, perWeek }: Cap): boolean {
  const since = (first: number): number =>
    new Set(others.filter((one) => one.day >= first).map(({ campaign }) => Buffer.from(campaign).toString('hex'))).size;
  return since(day) < perDay && since(day - WEEK_DAYS + 1) < perWeek;
}

function has({ places }: Sent, place: number): boolean {
  return ((places[place >> 3] ?? 0) & (1 << (place & 7))) !== 0;
}

/** With the bit of a place turned. */
function withTurned(sent: Sent, place: number): Sent {
  const places = Uint8Array.from(sent.places);
  places[place >> 3] = (places[place >> 3] ?? 0) ^ (1 << (place & 7));
  return { ...sent, places };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
