import type {
  CampaignList,
  CampaignPatch,
  CampaignRequest,
  CampaignView,
  OutcomeLine,
  RecipientOutcomes,
} from '../contract/campaign.ts';
import type { CampaignState, ControlCall, Outcome, Scope } from '../contract/codes.ts';
import type { RecipientKey } from '../contract/ids.ts';
import type { Estimate, EstimateRequest } from '../contract/estimate.ts';
import type { ConsentDue, Member, MemberPatch, MembersAnswer, MemberView } from '../contract/member.ts';
import type { PartAnswer, Seal } from '../contract/recipient.ts';
import type { TestAnswer, TestSend } from '../contract/testSend.ts';
import type { PartUpload } from '../stages/part.ts';

/** Who made a request, after its token held. */
export interface Caller {
  readonly iss: string;
  readonly scopes: readonly Scope[];
}

export interface CampaignsQuery {
  readonly state?: CampaignState;
  /** The `cursor` of the page before. */
  readonly cursor?: string;
  /** Campaigns on one page, 1 to 100. */
  readonly limit?: number;
}

/**
 * What the HTTP contract needs from the pipeline. An expected failure is thrown as `ProblemError`; anything else is
 * answered as an internal error.
 */
export interface Service {
  /**
   * The same id and body again gives the campaign as it stands, with `created: false`.
   * @throws ProblemError `conflict` for another body under a known id, `invalid` or `audience_empty`.
   */
  createCampaign(request: CampaignRequest, caller: Caller): Promise<{ created: boolean; campaign: CampaignView }>;
  /**
   * What such a campaign would take; nothing is stored.
   * @throws ProblemError `invalid` or `audience_empty`
   */
  estimate(request: EstimateRequest): Promise<Estimate>;
  /** @throws ProblemError `not_found` */
  campaign(id: string): Promise<CampaignView>;
  campaigns(query: CampaignsQuery): Promise<CampaignList>;
  /**
   * Every message of a campaign, read as it is consumed.
   * @throws ProblemError `not_found`, before the first line.
   */
  outcomes(id: string, filter: { readonly outcome?: Outcome }): Promise<AsyncIterable<OutcomeLine>>;
  /** @throws ProblemError `not_found` for an unknown campaign or recipient. */
  recipient(id: string, key: RecipientKey): Promise<RecipientOutcomes>;
  /** @throws ProblemError `not_found`, `conflict` or `invalid`. */
  putPart(upload: PartUpload, caller: Caller): Promise<PartAnswer>;
  /**
   * @param seal what was uploaded; null for a campaign to members.
   * @throws ProblemError `not_found`; `conflict` where other parts arrived; `invalid` where keys are given twice, or the
   * seal does not fit the campaign.
   */
  startCampaign(id: string, seal: Seal | null, caller: Caller): Promise<CampaignView>;
  /**
   * The same change again changes nothing.
   * @throws ProblemError `not_found`; `invalid`; `conflict` naming the state in which the change makes no sense.
   */
  patchCampaign(id: string, patch: CampaignPatch, caller: Caller): Promise<CampaignView>;
  /**
   * The same call again changes nothing.
   * @throws ProblemError `not_found`, or `conflict` naming the state in which the call makes no sense.
   */
  controlCampaign(id: string, call: ControlCall, caller: Caller): Promise<CampaignView>;
  /**
   * Every call sends again.
   * @throws ProblemError `not_found`; `conflict` where the campaign has ended; `invalid` where there is nothing to send.
   */
  testCampaign(id: string, test: TestSend, caller: Caller): Promise<TestAnswer>;
  putMembers(members: readonly Member[], caller: Caller): Promise<MembersAnswer>;
  member(memberNo: number): Promise<MemberView | null>;
  /** @throws ProblemError `not_found`, or `invalid` where the member would become too large. */
  patchMember(memberNo: number, patch: MemberPatch): Promise<MemberView>;
  /** Consents that are to be confirmed again before this moment (ms), read as they are consumed. */
  consentsDue(dueBeforeMs: number): AsyncIterable<ConsentDue>;
  /** Succeeds, too, where there is no such member. */
  removeMember(memberNo: number): Promise<void>;
  /** Each thing the pipeline depends on with `reachable`, or what is wrong with it in a few words. */
  ready(): Promise<Record<string, string>>;
}

/** Remembers what must happen once. */
export interface Nonces {
  /**
   * @param key at most 64 characters of base64url.
   * @param expiresAtMs until when the key must be remembered, in milliseconds since 1970.
   * @returns whether the key was new; of several concurrent calls with one key, exactly one gets `true`.
   */
  takeOnce(key: string, expiresAtMs: number): Promise<boolean>;
}
