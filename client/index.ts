/** What a main server needs to run campaigns with Bongsu: `new BongsuClient({ … })` and the errors it throws. */
export { BongsuClient, type BongsuClientOptions } from './client.ts';
export type { CampaignInput, CampaignPatchInput, EstimateInput, MemberPatchInput, TestSendInput } from './inputs.ts';
export { BongsuAnswerError, BongsuClientError, BongsuConnectionError, BongsuError } from './errors.ts';
export type { RetryPolicy } from './backoff.ts';
export type { FollowOptions } from './follow.ts';
export type { MemberInput, PutMembersOptions, PutMembersResult } from './members.ts';
export type { PutRecipientsOptions, RecipientInput } from './recipients.ts';
export type { Readiness } from './readiness.ts';
export type { PrivateKey, Signer, TokenAlgorithm } from './token.ts';
export type { CampaignList, CampaignView, OutcomeLine, RecipientOutcomes } from '../functions/src/contract/campaign.ts';
export type { ConsentDue, Member } from '../functions/src/contract/member.ts';
export type { Estimate } from '../functions/src/contract/estimate.ts';
export type { Cost, Operations } from '../functions/src/contract/operations.ts';
export type { Seal } from '../functions/src/contract/recipient.ts';
export type { TestAnswer, TestResult } from '../functions/src/contract/testSend.ts';
