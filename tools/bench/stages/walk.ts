import type { Operations } from '../../../functions/src/contract/operations.ts';
import type { Looks, World } from '../../../functions/src/ports.ts';
import { Pacer } from '../../../functions/src/stages/pacer.ts';
import { sendRange } from '../../../functions/src/stages/sendRange.ts';
import { CampaignWatch } from '../../../functions/src/stages/watch.ts';
import { readCampaignRecord } from '../../../functions/src/store/campaigns.ts';
import { metered } from '../../../functions/src/store/meter.ts';
import { rangePath } from '../../../functions/src/store/paths.ts';
import { readRange } from '../../../functions/src/store/records.ts';
import type { Totals } from '../../../functions/src/store/totals.ts';
import type { BenchCloud, Walk } from './cloud.ts';

/** Ranges that the real stage walks before others are walked after its example. */
const REAL_RANGES = 25;
const BATCH = 500;
/** From one renewal of the lease to the next, with its round trip. */
const RENEWAL_MS = 5_010;

/** A range that the real stage has walked. */
interface Example {
  readonly recipients: number;
  readonly totals: Totals;
  /** Of its operations, those that do not depend on how long it took. */
  readonly fixed: Operations;
}

/**
 * Walks the first ranges by the real stage, and every later one as that did: what a range writes into its own document and
 * into the ledger's sums, what it counted, at the rate that its campaign gives it. A hundred million messages are not
 * composed.
 */
export function walkByExample(cloud: BenchCloud): Walk {
  const { clock, documents } = cloud;
  let example: Example | null = null;
  return async (given, signal, instance) => {
    const { world, looks } = countingLooks(given);
    const path = rangePath(signal.campaignId, signal.range);
    const startedAtMs = clock.now();
    if (signal.range < REAL_RANGES || example === null) {
      await sendRange(world, signal);
      example = larger(example, await exampleOf(documents, path, clock.now() - startedAtMs, looks()));
      return;
    }
    const before = world.instanceMs();
    const campaign = await readCampaignRecord(world.documents, signal.campaignId);
    const found = await world.documents.get(path);
    if (campaign === null || found === null) throw new Error(`there is no range ${signal.range}`);
    const { record } = readRange(found);
    const taken = { fence: record.fence + 1, holder: 'example', leaseUntilMs: startedAtMs + 600_000 };
    const [version = ''] = await world.documents.commit([{ update: path, at: found.version, fields: taken }]);
    const recipients = record.to - record.from + 1;
    const watch = new CampaignWatch(metered(world), campaign.record);
    const done = new AbortController();
    const watching = watch.run(done.signal);
    const pacer = new Pacer(clock, () => watch.rangePerSecond(), BATCH);
    for (let sent = 0; sent < recipients; sent += BATCH) {
      await pacer.take(BATCH, () => true);
      await cloud.carry(Math.min(BATCH, recipients - sent), instance);
    }
    done.abort();
    await watching;
    const share = recipients / example.recipients;
    const timed = timedOperations(clock.now() - startedAtMs, looks(), world.instanceMs() - before);
    const operations = sumOf(scaled(example.fixed, share), timed, 1);
    const { planned, counts, resent, earlier } = example.totals;
    const totals: Totals = {
      planned: Math.round(planned * share),
      counts: scaled(counts, share),
      resent,
      earlier,
      operations,
    };
    documents.addToLedger(totals.planned);
    const fields = { state: 'done', holder: null, walkedTo: record.to, totals, fold: true };
    await world.documents.commit([{ update: path, at: version, fields }]);
  };
}

/** A world that counts the looks which one invocation takes for all of its instance. */
function countingLooks(world: World): { readonly world: World; readonly looks: () => number } {
  let taken = 0;
  const next: Looks['next'] = (subject, read, signal) => {
    const counted = (): ReturnType<typeof read> => {
      taken += 1;
      return read();
    };
    return world.looks.next(subject, counted, signal);
  };
  return { world: { ...world, looks: { next } }, looks: () => taken };
}

async function exampleOf(
  documents: World['documents'],
  path: string,
  tookMs: number,
  looks: number,
): Promise<Example | null> {
  const walked = await documents.get(path);
  if (walked === null) return null;
  const { state, from, to, totals } = readRange(walked).record;
  if (state !== 'done') return null;
  const fixed = sumOf(totals.operations, timedOperations(tookMs, looks, totals.operations.instanceMs), -1);
  return { recipients: to - from + 1, totals, fixed };
}

/** The first range may be a small one. */
function larger(known: Example | null, found: Example | null): Example | null {
  if (found === null || known === null) return found ?? known;
  return found.recipients >= known.recipients ? found : known;
}

/** What a walk does again and again for as long as it takes. */
function timedOperations(tookMs: number, looks: number, instanceMs: number): Partial<Operations> {
  return {
    firestoreReads: looks,
    firestoreWrites: Math.floor(tookMs / RENEWAL_MS),
    instanceMs: Math.round(instanceMs),
  };
}

function sumOf(a: Operations, b: Partial<Operations>, sign: 1 | -1): Operations {
  return Object.fromEntries(
    Object.entries(a).map(([name, n]) => [name, n + sign * (b[name as keyof Operations] ?? 0)]),
  ) as Operations;
}

function scaled<T extends object>(numbers: T, share: number): T {
  const entries = Object.entries(numbers) as [string, number][];
  return Object.fromEntries(entries.map(([name, n]) => [name, Math.round(n * share)])) as T;
}
