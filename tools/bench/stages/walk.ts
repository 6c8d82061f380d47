import type { Operations } from '../../../functions/src/contract/operations.ts';
import type { World } from '../../../functions/src/ports.ts';
import { Pacer } from '../../../functions/src/stages/pacer.ts';
import { sendRange } from '../../../functions/src/stages/sendRange.ts';
import { campaignPath, rangePath } from '../../../functions/src/store/paths.ts';
import { readRange } from '../../../functions/src/store/records.ts';
import type { Totals } from '../../../functions/src/store/totals.ts';
import type { BenchCloud, Walk } from './cloud.ts';

/** Ranges that the real stage walks before others are walked after its example. */
const REAL_RANGES = 25;
const BATCH = 500;
/** With the round trip that each takes: a look at the campaign a second, a renewal of the lease every five. */
const LOOK_MS = 1_010;
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
  return async (world, signal, instance) => {
    const path = rangePath(signal.campaignId, signal.range);
    const startedAtMs = clock.now();
    if (signal.range < REAL_RANGES || example === null) {
      await sendRange(world, signal);
      example = larger(example, await exampleOf(documents, path, clock.now() - startedAtMs));
      return;
    }
    const before = world.instanceMs();
    const found = await world.documents.get(path);
    if (found === null) throw new Error(`there is no range ${signal.range}`);
    const { record } = readRange(found);
    const taken = { fence: record.fence + 1, holder: 'example', leaseUntilMs: startedAtMs + 600_000 };
    const [version = ''] = await world.documents.commit([{ update: path, at: found.version, fields: taken }]);
    const recipients = record.to - record.from + 1;
    let perSecond = 0;
    const pacer = new Pacer(clock, () => perSecond, BATCH);
    for (let sent = 0; sent < recipients; sent += BATCH) {
      const campaign = await documents.get(campaignPath(signal.campaignId));
      const pace = campaign?.fields['pace'] as { readonly rangePerSecond: number } | undefined;
      perSecond = pace?.rangePerSecond ?? 0;
      await pacer.take(BATCH, () => true);
      await cloud.carry(Math.min(BATCH, recipients - sent), instance);
    }
    const share = recipients / example.recipients;
    const timed = timedOperations(clock.now() - startedAtMs, world.instanceMs() - before);
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

async function exampleOf(documents: World['documents'], path: string, tookMs: number): Promise<Example | null> {
  const walked = await documents.get(path);
  if (walked === null) return null;
  const { state, from, to, totals } = readRange(walked).record;
  if (state !== 'done') return null;
  const fixed = sumOf(totals.operations, timedOperations(tookMs, totals.operations.instanceMs), -1);
  return { recipients: to - from + 1, totals, fixed };
}

/** The first range may be a small one. */
function larger(known: Example | null, found: Example | null): Example | null {
  if (found === null || known === null) return found ?? known;
  return found.recipients >= known.recipients ? found : known;
}

/** What a walk does again and again for as long as it takes. */
function timedOperations(tookMs: number, instanceMs: number): Partial<Operations> {
  return {
    firestoreReads: Math.floor(tookMs / LOOK_MS),
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
