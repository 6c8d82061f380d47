import type { Member, MemberAddress } from '../contract/member.ts';
import type { SendResult } from '../contract/push.ts';
import { membersWithin } from '../core/page.ts';
import {
  afterWords,
  checkOf,
  isBelievable,
  suspectsOf,
  witnessesOf,
  type Suspect,
  type Word,
} from '../core/recheck.ts';
import type { Held } from '../core/quarantine.ts';
import { isDead } from '../core/quarantine.ts';
import { BATCH_MAX_PUSHES } from '../core/pack.ts';
import { judge } from '../core/verdict.ts';
import type { World } from '../ports.ts';
import { readPages, type StoredPage } from '../store/directory.ts';
import { changePage, pagesToLookAt } from '../store/quarantine.ts';

/** Pages of one run: at a run a minute that is 28,800 a day, more than 10 million members have. */
const PAGES_PER_RUN = 20;
/** Addresses that FCM is asked about beside, to see whether it is to be believed. */
const WITNESSES = 50;

/**
 * Asks FCM again about addresses that it called dead, without sending anything: after a day, and when the grace time
 * is over. A bounded number of pages a run; those that are left are still due at the next.
 */
export async function recheck(world: World): Promise<void> {
  const { documents, clock, settings, log } = world;
  const times = { nowMs: clock.now(), graceMs: settings.addressGraceMs };
  const due = await pagesToLookAt(documents, times.nowMs, PAGES_PER_RUN);
  const found = await readPages(documents, due);
  const pages = due.filter((_, index) => found[index] !== null);
  const stored = found.filter((page) => page !== null);
  if (stored.length === 0) return;
  const suspects = stored.map((page) => suspectsOf(page.quarantine, memberOfPage(page), times));
  const perPage = Math.ceil(WITNESSES / pages.length);
  const witnesses = stored.flatMap((page) => witnessesOf(readable(page), page.quarantine, perPage));
  const asked = suspects.flat();
  const words = asked.length === 0 ? [] : await ask(world, [...witnesses, ...asked.map(({ address }) => address)]);
  const believed = isBelievable(words.slice(0, witnesses.length), settings.quarantineShare);
  if (!believed) log.warn('FCM calls addresses dead that are not: no quarantine is looked at', { pages: pages.length });
  const said = new Map<Held, Word | null>();
  const wordsOnAsked = words.slice(witnesses.length);
  for (const [index, { held }] of asked.entries()) said.set(held, believed ? (wordsOnAsked[index] ?? null) : null);
  for (const [index, page] of pages.entries()) {
    const wordOn = wordsOf(suspects[index] ?? [], said);
    await changePage(documents, page, ({ quarantine, memberOf }) => afterWords(quarantine, memberOf, wordOn, times));
  }
}

/** By what was asked, because the page is read anew when it is written. */
function wordsOf(
  suspects: readonly Suspect[],
  said: ReadonlyMap<Held, Word | null>,
): (memberNo: number, held: Held) => Word | null {
  const name = (memberNo: number, { address, heldAtMs }: Held): string =>
    `${memberNo} ${heldAtMs} ${Buffer.from(address).toString('hex')}`;
  const byName = new Map(suspects.map(({ memberNo, held }) => [name(memberNo, held), said.get(held) ?? null]));
  return (memberNo, held) => byName.get(name(memberNo, held)) ?? null;
}

/** FCM's words in the order asked; null where it gave none. */
async function ask(world: World, addresses: readonly MemberAddress[]): Promise<(Word | null)[]> {
  const { sender, inFlight } = world;
  const words: (Word | null)[] = addresses.map(() => null);
  const pushes = addresses.map(checkOf);
  for (let start = 0; start < pushes.length; start += BATCH_MAX_PUSHES) {
    const some = pushes.slice(start, start + BATCH_MAX_PUSHES);
    const permit = await inFlight.acquire({ pushes: some.length, bytes: 0 });
    try {
      await sender.send(
        some,
        (index, result) => {
          words[start + index] = wordIn(result);
          permit.answered(result);
        },
        undefined,
        'validate',
      );
    } finally {
      permit.release();
    }
  }
  return words;
}

function wordIn(result: SendResult): Word | null {
  if (result.kind === 'accepted') return 'alive';
  const policy = { onAmbiguous: 'record', maxAttempts: 1 } as const;
  return isDead(judge(result, { number: 1, firstAttemptAtMs: 0, nowMs: 0 }, policy).code) ? 'dead' : null;
}

function memberOfPage(page: StoredPage): (memberNo: number) => Member | null {
  const members = new Map(readable(page).map((member) => [member.memberNo, member]));
  return (memberNo) => members.get(memberNo) ?? null;
}

function readable({ members }: StoredPage): Member[] {
  const all = membersWithin(members, 0, Number.MAX_SAFE_INTEGER);
  return [...all].flatMap(({ member }) => (member === null ? [] : [member]));
}
