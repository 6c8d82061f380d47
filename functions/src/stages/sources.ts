import type { CampaignRequest } from '../contract/campaign.ts';
import { outgoingMessage } from '../core/adLabel.ts';
import { AD_RULES } from '../core/adRules.ts';
import { compileMessage } from '../core/compose.ts';
import type { Span } from '../core/plan.ts';
import type { Meter } from '../store/meter.ts';
import type { CampaignRecord } from '../store/records.ts';
import { memberSource } from './memberSource.ts';
import type { Source } from './source.ts';
import { uploadSource } from './uploadSource.ts';

/** The source of a campaign's recipients, whichever its audience is. */
export function sourceOf(meter: Meter, campaign: CampaignRecord): Source {
  const { audience } = campaign.request;
  const compiled = compileMessage(outgoingMessage(campaign.request, AD_RULES[meter.world.settings.country]));
  return 'members' in audience
    ? memberSource(meter, audience.members, compiled)
    : uploadSource(meter, campaign, compiled);
}

/** Whom a campaign is for. */
interface Sized {
  readonly request: Pick<CampaignRequest, 'audience'>;
  readonly upload: Pick<NonNullable<CampaignRecord['upload']>, 'recipients' | 'pages'> | null;
}

/** The positions of a campaign's recipients; null where there are none yet. */
export function spanOf(campaign: Sized): Span | null {
  const { audience } = campaign.request;
  if ('members' in audience) return { from: audience.members.from, to: audience.members.to };
  return campaign.upload === null ? null : { from: 0, to: campaign.upload.pages - 1 };
}

/** Recipients of an upload; of members the numbers in the range, whoever has them. */
export function audienceSize(campaign: Sized): number {
  const span = spanOf(campaign);
  return campaign.upload?.recipients ?? (span === null ? 0 : span.to - span.from + 1);
}

/** When a campaign that starts or goes on now begins to ramp: only a large one does. */
export function rampFrom(campaign: Sized, rampAbove: number, nowMs: number): number | null {
  return audienceSize(campaign) > rampAbove ? nowMs : null;
}
