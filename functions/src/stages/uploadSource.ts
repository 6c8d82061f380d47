import type { RecipientKey } from '../contract/ids.ts';
import type { UploadedRecipient } from '../contract/recipient.ts';
import type { CompiledMessage } from '../core/compose.ts';
import { readableMember } from '../core/page.ts';
import { planPages, type Span } from '../core/plan.ts';
import { decodeUploaded, uploadedRecipient, type Recipient } from '../core/recipient.ts';
import { linesOfPage } from '../core/uploadPage.ts';
import { readStoredMembers, type StoredMember } from '../store/directory.ts';
import type { Meter } from '../store/meter.ts';
import type { CampaignRecord, PartRecord } from '../store/records.ts';
import { partsFromPage, readUploadPage } from '../store/uploads.ts';
import type { LocatedPage, Source } from './source.ts';

/** Parts that are read at once, to walk a run and to plan the next: a range is about one part of 10,000 lines. */
const PARTS_PER_READ = 50;
const PARTS_PER_PLAN = 2;

/** A page of the upload, found. */
interface PageRef {
  readonly position: number;
  readonly recipients: number;
  readonly uploadId: string;
  /** Within its part. */
  readonly page: number;
}

/** What is read ahead of one page: its lines alone, at most 900 KB. */
interface PageRead {
  readonly ref: PageRef;
  readonly lines: Promise<Uint8Array | null>;
}

/** The recipients of an upload; a position is a page of it, counted over all parts from 0. */
export function uploadSource(meter: Meter, campaign: CampaignRecord, message: CompiledMessage): Source {
  const { documents, log, clock } = meter.world;
  const campaignId = campaign.id;
  const lastPage = (campaign.upload?.pages ?? 0) - 1;

  const refsFrom = async (from: number, to: number, parts = PARTS_PER_READ): Promise<PageRef[]> =>
    (await partsFromPage(documents, campaignId, { from, to }, parts))
      .flatMap(refsOf)
      .filter(({ position }) => position >= from && position <= to);

  async function* pagesOf(run: Span): AsyncGenerator<PageRef, void, undefined> {
    for (let next = run.from; next <= run.to;) {
      const refs = await refsFrom(next, run.to);
      yield* refs;
      const last = refs.at(-1);
      if (last === undefined) throw new RangeError(`the upload lacks the page ${next}`);
      next = last.position + 1;
    }
  }

  /** Recipients of the pages from this one on, for as many as a range of `most` can take. */
  async function sizesFrom(page: number | null, most: number): Promise<number[]> {
    const sizes: number[] = [];
    let held = 0;
    for (let next = page ?? Infinity; next <= lastPage && held < most;) {
      const refs = await refsFrom(next, lastPage, PARTS_PER_PLAN);
      for (const { recipients } of refs) {
        sizes.push(recipients);
        held += recipients;
      }
      next = (refs.at(-1)?.position ?? lastPage) + 1;
    }
    return sizes;
  }

  const start = (ref: PageRef): PageRead => {
    const lines = readUploadPage(documents, { campaignId, ...ref });
    // The walk may end before this is awaited; its failure is met where it is awaited, not as an unhandled one.
    lines.catch(() => undefined);
    return { ref, lines };
  };

  const unreadable = ({ position }: PageRef, line: number): Recipient => {
    log.error('an uploaded recipient cannot be read', { campaignId, page: position, line });
    return { key: `unreadable-${position}-${line}`, nobody: 'failed.unreadable' };
  };

  /** The recipients of one page, with what the directory holds of them now. */
  async function recipientsOf({ ref, lines }: PageRead, wanted?: ReadonlySet<RecipientKey>): Promise<Recipient[]> {
    const uploaded = decodePage(await lines, ref.recipients);
    const asked = uploaded.filter((one) => wanted === undefined || (one !== null && wanted.has(one.key)));
    const members = await readStoredMembers(
      documents,
      asked.flatMap((one) => one?.memberNo ?? []),
    );
    return asked.map((one, line) => (one === null ? unreadable(ref, line) : join(one, members)));
  }

  const join = (one: UploadedRecipient, members: ReadonlyMap<number, StoredMember>): Recipient => {
    const stored = one.memberNo === undefined ? undefined : members.get(one.memberNo);
    if (stored === undefined) return uploadedRecipient(message, one, null);
    const member = readableMember(one.memberNo ?? 0, stored.text);
    if (member !== null) return uploadedRecipient(message, one, { ...member, held: stored.held });
    log.error('a member cannot be read', { memberNo: one.memberNo ?? 0 });
    return { key: one.key, nobody: 'failed.unreadable' };
  };

  async function* walk(run: Span): AsyncGenerator<LocatedPage, void, undefined> {
    let ahead: PageRead | null = null;
    for await (const ref of pagesOf(run)) {
      const now: PageRead | null = ahead;
      ahead = start(ref);
      if (now !== null) yield await located(now);
    }
    if (ahead !== null) yield await located(ahead);
  }

  async function located(page: PageRead): Promise<LocatedPage> {
    const lookedUpAtMs = clock.now();
    const recipients = await recipientsOf(page);
    return { lookedUpAtMs, recipients: recipients.map((recipient) => ({ position: page.ref.position, recipient })) };
  }

  return {
    plan: async (cursor, recipients) =>
      planPages(cursor, lastPage, await sizesFrom(cursor.nextPosition, recipients), recipients),
    walk,
    placeOf: (position) => `page ${position} of the upload`,
    memberNoOf: ({ memberNo }) => memberNo ?? null,
    find: async (run, keys) => {
      const found = new Map<RecipientKey, Recipient>();
      for await (const ref of pagesOf(run)) {
        for (const recipient of await recipientsOf(start(ref), keys)) found.set(recipient.key, recipient);
      }
      return new Map([...keys].map((key) => [key, found.get(key) ?? { key, nobody: 'failed.unreadable' }]));
    },
  };
}

function refsOf({ uploadId, firstPage, pageSizes }: PartRecord): PageRef[] {
  return pageSizes.map((recipients, page) => ({ position: (firstPage ?? 0) + page, recipients, uploadId, page }));
}

/** `null` stands for a line that is unreadable, or not there. */
function decodePage(lines: Uint8Array | null, recipients: number): (UploadedRecipient | null)[] {
  const decoded = Array.from(lines === null ? [] : linesOfPage(lines), (line) => {
    try {
      return decodeUploaded(line);
    } catch {
      return null;
    }
  });
  return Array.from({ length: recipients }, (_, line) => decoded[line] ?? null);
}
