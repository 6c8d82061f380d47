import { generatePersonal, SHARED_MESSAGE } from '../../personal/generate.ts';
import type { PipelineCloud } from '../pipeline/cloud.ts';
import { processesOf, Sampler, type Footprint } from '../pipeline/sampler.ts';

const PART_LINES = 10_000;
/** What 10,000 lines may have beside their own texts so that a part has just below 24 MB. */
const PADDING = 2_050;

export interface PartsFigures {
  readonly parts: number;
  readonly atOnce: number;
  readonly bytes: number;
  readonly ingesting: Footprint;
}

/** Uploads parts as large as they may be, several at once and not in gzip, and watches who takes them. */
export async function measureParts(
  { client, host }: PipelineCloud,
  parts: number,
  atOnce: number,
  signal: AbortSignal,
): Promise<PartsFigures> {
  const id = 'bench-parts';
  await client.createCampaign({ id, kind: 'transactional', audience: { recipients: {} }, message: SHARED_MESSAGE });
  const sampler = new Sampler(processesOf(host, 'api'));
  let bytes = 0;
  const lines = function* () {
    const note = 'x'.repeat(PADDING);
    const sample = { recipients: parts * PART_LINES, seed: 5, faults: {}, members: null };
    for (const { line } of generatePersonal(sample)) {
      const padded = { ...line, data: { ...line.data, note } };
      bytes += Buffer.byteLength(JSON.stringify(padded)) + 1;
      yield padded;
    }
  };
  const seal = await client.putRecipients(id, lines(), { inFlight: atOnce, gzip: false, signal });
  return { parts: seal.parts, atOnce, bytes, ingesting: sampler.stop() };
}
