import type { CampaignView } from '../functions/src/contract/campaign.ts';
import type { CampaignState } from '../functions/src/contract/codes.ts';
import { sleepUnlessAborted } from './transport.ts';

export interface FollowOptions {
  /** Called with each look at the campaign, the last one included. */
  readonly onProgress?: (campaign: CampaignView) => void;
  readonly signal?: AbortSignal;
  /** Between two looks; 1,000 where absent. */
  readonly intervalMs?: number;
}

/** A halted campaign waits for an operator; the others have ended. */
const RESTING_STATES: ReadonlySet<CampaignState> = new Set(['completed', 'cancelled', 'expired', 'halted']);

export async function follow(
  look: (signal: AbortSignal | undefined) => Promise<CampaignView>,
  options: FollowOptions,
): Promise<CampaignView> {
  for (;;) {
    options.signal?.throwIfAborted();
    const campaign = await look(options.signal);
    options.onProgress?.(campaign);
    if (RESTING_STATES.has(campaign.state)) return campaign;
    await sleepUnlessAborted(options.intervalMs ?? 1_000, options.signal);
  }
}
