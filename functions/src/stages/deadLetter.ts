import { namedCampaignSchema } from '../contract/signals.ts';
import type { World } from '../ports.ts';
import { readCampaignRecord, updateCampaignRecord } from '../store/campaigns.ts';
import { untilSettled } from '../store/mutate.ts';
import type { CampaignRecord } from '../store/records.ts';

/** Letters that a campaign shows; of earlier ones it keeps the number. */
const SHOWN_MAX = 10;

/** A message or task that was given up. */
export interface Letter {
  /** The same for each delivery of one letter. */
  readonly id: string;
  /** The topic or the queue that it was meant for. */
  readonly source: string;
  readonly reason: string;
  /** What it said, or the beginning of it. */
  readonly body: string;
}

/**
 * Notes a dead letter on the campaign that it names, for an operator to see. Nothing else is needed: what it asked for is
 * asked for again by the campaign's conductor, as long as the campaign runs.
 */
export async function noteDeadLetter(world: World, { id, source, reason, body }: Letter): Promise<void> {
  const { documents, clock, log } = world;
  const campaignId = campaignNamed(body);
  log.error('a message was given up', { letterId: id, source, reason, ...(campaignId === null ? {} : { campaignId }) });
  if (campaignId === null) return;
  const letter = { id, atMs: clock.now(), source, reason };
  await untilSettled(async () => {
    const stored = await readCampaignRecord(documents, campaignId);
    if (stored === null) return;
    const { deadLetters } = stored.record;
    if (deadLetters.latest.some((known) => known.id === id)) return;
    await updateCampaignRecord(documents, stored, { deadLetters: withLetter(deadLetters, letter) });
  });
}

function withLetter(
  { count, latest }: CampaignRecord['deadLetters'],
  letter: CampaignRecord['deadLetters']['latest'][number],
): CampaignRecord['deadLetters'] {
  return { count: count + 1, latest: [...latest, letter].slice(-SHOWN_MAX) };
}

function campaignNamed(body: string): string | null {
  try {
    return namedCampaignSchema.parse(JSON.parse(body)).campaignId;
  } catch {
    return null;
  }
}
