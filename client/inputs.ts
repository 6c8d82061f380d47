import type { campaignPatchSchema, campaignRequestSchema } from '../functions/src/contract/campaign.ts';
import type { estimateRequestSchema } from '../functions/src/contract/estimate.ts';
import type { memberPatchSchema } from '../functions/src/contract/member.ts';
import type { testSendSchema } from '../functions/src/contract/testSend.ts';

/** The body of `POST /v1/campaigns`; what the contract has a default for may be left out. */
export type CampaignInput = (typeof campaignRequestSchema)['_zod']['input'];

/** The body of `PATCH /v1/campaigns/{id}`. */
export type CampaignPatchInput = (typeof campaignPatchSchema)['_zod']['input'];

/** The body of `PATCH /v1/members/{memberNo}`. */
export type MemberPatchInput = (typeof memberPatchSchema)['_zod']['input'];

/** The body of `POST /v1/estimate`: a campaign, its id or not, and for an upload the number of its recipients. */
export type EstimateInput = (typeof estimateRequestSchema)['_zod']['input'];

/** The body of `POST /v1/campaigns/{id}/test`. */
export type TestSendInput = (typeof testSendSchema)['_zod']['input'];
