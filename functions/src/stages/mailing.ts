import { labelled } from '../core/adLabel.ts';
import { AD_RULES } from '../core/adRules.ts';
import { compileMessage } from '../core/compose.ts';
import type { Mailing } from '../core/resolve.ts';
import type { Settings } from '../ports.ts';
import type { CampaignRecord } from '../store/records.ts';

/** A stored campaign as the sending stages need it. */
export function mailingOf({ id, request }: CampaignRecord, { country }: Settings): Mailing {
  const { kind, policy, ad } = request;
  const rules = AD_RULES[country];
  const message = kind === 'marketing' ? labelled(request.message, ad, rules) : request.message;
  return {
    campaignId: id,
    law: { kind, rules, night: policy.night },
    message: compileMessage(message),
  };
}
