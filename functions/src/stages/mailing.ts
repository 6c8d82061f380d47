import { compileMessage } from '../core/compose.ts';
import type { Mailing } from '../core/resolve.ts';
import type { CampaignRecord } from '../store/records.ts';

/** A stored campaign as the sending stages need it. */
export function mailingOf(campaign: CampaignRecord): Mailing {
  return {
    campaignId: campaign.id,
    kind: campaign.request.kind,
    message: compileMessage(campaign.request.message),
  };
}
