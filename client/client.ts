import {
  campaignListSchema,
  campaignViewSchema,
  outcomeLineSchema,
  recipientOutcomesSchema,
  type CampaignList,
  type CampaignView,
  type OutcomeLine,
  type RecipientOutcomes,
} from '../functions/src/contract/campaign.ts';
import type { CampaignState, ControlCall, Outcome } from '../functions/src/contract/codes.ts';
import {
  consentDueSchema,
  memberViewSchema,
  type ConsentDue,
  type MemberView,
} from '../functions/src/contract/member.ts';
import { estimateSchema, type Estimate } from '../functions/src/contract/estimate.ts';
import type { Seal } from '../functions/src/contract/recipient.ts';
import { testAnswerSchema, type TestAnswer } from '../functions/src/contract/testSend.ts';
import { parseAnswer, type Schema } from './answer.ts';
import { DEFAULT_RETRY, type RetryPolicy } from './backoff.ts';
import { BongsuConnectionError } from './errors.ts';
import { follow, type FollowOptions } from './follow.ts';
import type { CampaignInput, CampaignPatchInput, EstimateInput, MemberPatchInput, TestSendInput } from './inputs.ts';
import { linesOf } from './lines.ts';
import { putMembers, type MemberInput, type PutMembersOptions, type PutMembersResult } from './members.ts';
import { putRecipients, type PutRecipientsOptions, type RecipientInput } from './recipients.ts';
import { readReadiness, type Readiness } from './readiness.ts';
import { createTokenMaker, type Signer } from './token.ts';
import { Transport, type Call } from './transport.ts';

export interface BongsuClientOptions extends Signer {
  /** The API's address, without `/v1`. */
  readonly api: string;
  /** Longest wait for one try's answer; 120,000 where absent. */
  readonly timeoutMs?: number;
  /** See `DEFAULT_RETRY`. */
  readonly retry?: Partial<RetryPolicy>;
  /** For a proxy, a recorder or a test; the global one where absent. */
  readonly fetch?: typeof globalThis.fetch;
  /** Milliseconds since 1970; the token's `iat` comes from it. */
  readonly now?: () => number;
}

interface Abortable {
  readonly signal?: AbortSignal;
}

/**
 * What the main server does with Bongsu. Every method rejects with `BongsuError` (the server said no),
 * `BongsuConnectionError` (no complete answer after all tries), `BongsuAnswerError` (not a Bongsu API) or the reason
 * of the signal that aborted it.
 */
export class BongsuClient {
  readonly #transport: Transport;

  /** @throws TypeError for an address or a key that cannot work. */
  constructor(options: BongsuClientOptions) {
    const now = options.now ?? Date.now;
    this.#transport = new Transport({
      api: options.api,
      makeToken: createTokenMaker(options, now),
      fetch: options.fetch ?? globalThis.fetch,
      now,
      timeoutMs: options.timeoutMs ?? 120_000,
      retry: { ...DEFAULT_RETRY, ...options.retry },
    });
  }

  /**
   * Stores members, any number of them, with a few requests in flight and one part of at most 10,000 lines each in
   * memory. A member that was there is replaced. Each member belongs in it once: parts arrive in any order.
   */
  putMembers(
    members: Iterable<MemberInput> | AsyncIterable<MemberInput>,
    options: PutMembersOptions = {},
  ): Promise<PutMembersResult> {
    return putMembers(this.#transport, members, options);
  }

  member(memberNo: number, options: Abortable = {}): Promise<MemberView> {
    return this.#json({ method: 'GET', path: `/v1/members/${memberNo}`, ...options }, memberViewSchema);
  }

  /** What is given takes the place of what was known, all else stays; of `consent` each kind by itself. */
  patchMember(memberNo: number, patch: MemberPatchInput, options: Abortable = {}): Promise<MemberView> {
    const body = { bytes: Buffer.from(JSON.stringify(patch)), type: 'application/json' };
    return this.#json({ method: 'PATCH', path: `/v1/members/${memberNo}`, body, ...options }, memberViewSchema);
  }

  /** Consents that are to be confirmed again before `dueBefore`, by member number, as the server reads them. */
  async *consentsDue(dueBefore: Date, options: Abortable = {}): AsyncGenerator<ConsentDue> {
    const query = { dueBefore: dueBefore.toISOString() };
    const call: Call = { method: 'GET', path: '/v1/members/consents', query, ...options };
    const body = await this.#transport.send(call, bodyOf);
    for await (const line of linesOf(body, options.signal))
      yield parseAnswer(line, consentDueSchema, 'a line of consents');
  }

  removeMember(memberNo: number, options: Abortable = {}): Promise<void> {
    return this.#transport.send({ method: 'DELETE', path: `/v1/members/${memberNo}`, ...options }, discard);
  }

  /** The same id and content again is the same campaign, as it stands; another content is a 409 `conflict`. */
  createCampaign(campaign: CampaignInput, options: Abortable = {}): Promise<CampaignView> {
    const body = { bytes: Buffer.from(JSON.stringify(campaign)), type: 'application/json' };
    return this.#json({ method: 'POST', path: '/v1/campaigns', body, ...options }, campaignViewSchema);
  }

  /** How many it would reach, how long it would take and what it would cost; nothing is stored. */
  estimate(campaign: EstimateInput, options: Abortable = {}): Promise<Estimate> {
    const body = { bytes: Buffer.from(JSON.stringify(campaign)), type: 'application/json' };
    return this.#json({ method: 'POST', path: '/v1/estimate', body, ...options }, estimateSchema);
  }

  /**
   * Uploads the recipients of a campaign with the audience `recipients`, any number of them, each with texts of its own.
   * A few parts are in flight and in memory at once. An upload that was interrupted is made again from the start.
   * @returns what `startCampaign` wants to know.
   */
  putRecipients(
    id: string,
    recipients: Iterable<RecipientInput> | AsyncIterable<RecipientInput>,
    options: PutRecipientsOptions = {},
  ): Promise<Seal> {
    return putRecipients(this.#transport, pathOf(id), recipients, options);
  }

  /**
   * Starts a draft: an upload with what `putRecipients` gave, or a campaign created with `start: false` without.
   * An upload is refused with 409 where other parts or recipients arrived, and with 422 where keys are given twice.
   */
  startCampaign(id: string, seal: Seal | null = null, options: Abortable = {}): Promise<CampaignView> {
    const body = seal === null ? {} : { body: { bytes: Buffer.from(JSON.stringify(seal)), type: 'application/json' } };
    return this.#json({ method: 'POST', path: `${pathOf(id)}/start`, ...body, ...options }, campaignViewSchema);
  }

  /** Changes a draft or a scheduled campaign: what is given takes the place of what was there, as a whole. */
  patchCampaign(id: string, patch: CampaignPatchInput, options: Abortable = {}): Promise<CampaignView> {
    const body = { bytes: Buffer.from(JSON.stringify(patch)), type: 'application/json' };
    return this.#json({ method: 'PATCH', path: pathOf(id), body, ...options }, campaignViewSchema);
  }

  /** Nothing is posted to FCM later than 5 s after this resolves; nothing is lost. */
  pauseCampaign(id: string, options: Abortable = {}): Promise<CampaignView> {
    return this.#control(id, 'pause', options);
  }

  /** Goes on with a campaign that is paused or halted. */
  resumeCampaign(id: string, options: Abortable = {}): Promise<CampaignView> {
    return this.#control(id, 'resume', options);
  }

  /** For good. One that had begun is `running` with `ending: 'cancelled'` until every message has its outcome. */
  cancelCampaign(id: string, options: Abortable = {}): Promise<CampaignView> {
    return this.#control(id, 'cancel', options);
  }

  /**
   * Sends the campaign's message at once to a few members or addresses, or has FCM check it. A call whose answer was lost
   * is made again: the device shows the second test in place of the first.
   */
  testCampaign(id: string, test: TestSendInput, options: Abortable = {}): Promise<TestAnswer> {
    const body = { bytes: Buffer.from(JSON.stringify(test)), type: 'application/json' };
    return this.#json({ method: 'POST', path: `${pathOf(id)}/test`, body, ...options }, testAnswerSchema);
  }

  /** Sends again what of a completed campaign failed or is unknown; it is `running` until that has its outcome. */
  redriveCampaign(id: string, options: Abortable = {}): Promise<CampaignView> {
    return this.#control(id, 'redrive', options);
  }

  campaign(id: string, options: Abortable = {}): Promise<CampaignView> {
    return this.#json({ method: 'GET', path: pathOf(id), ...options }, campaignViewSchema);
  }

  /** One page of campaigns, newest first; `cursor` is the one that the page before gave, `limit` 1 to 100. */
  campaigns(
    query: { readonly state?: CampaignState; readonly cursor?: string; readonly limit?: number } = {},
    options: Abortable = {},
  ): Promise<CampaignList> {
    return this.#json({ method: 'GET', path: '/v1/campaigns', query: { ...query }, ...options }, campaignListSchema);
  }

  /**
   * What became of each message, one element for each, as the server reads it: any number of messages in a little
   * memory. It is tried again until its first line; a stream that breaks later throws `BongsuConnectionError`.
   */
  async *outcomes(
    id: string,
    query: { readonly outcome?: Outcome } = {},
    options: Abortable = {},
  ): AsyncGenerator<OutcomeLine> {
    const path = `${pathOf(id)}/outcomes`;
    const body = await this.#transport.send({ method: 'GET', path, query: { ...query }, ...options }, bodyOf);
    for await (const line of linesOf(body, options.signal))
      yield parseAnswer(line, outcomeLineSchema, 'a line of outcomes');
  }

  /** What happened to one recipient, by its key or its member number, with the reason and the consent that it relied on. */
  outcome(id: string, key: string | number, options: Abortable = {}): Promise<RecipientOutcomes> {
    const path = `${pathOf(id)}/outcomes/${encodeURIComponent(key)}`;
    return this.#json({ method: 'GET', path, ...options }, recipientOutcomesSchema);
  }

  /** Resolves when the API's process answers. */
  health(options: Abortable = {}): Promise<void> {
    return this.#transport.send({ method: 'GET', path: '/v1/health', unsigned: true, ...options }, discard);
  }

  /** What the API can reach. Being not ready is an answer, and not an error. */
  ready(options: Abortable = {}): Promise<Readiness> {
    const call: Call = { method: 'GET', path: '/v1/ready', unsigned: true, answers: [503], ...options };
    return this.#transport.send(call, readReadiness);
  }

  /**
   * Asks for the campaign until nothing will happen by itself any more: completed, cancelled, expired or halted.
   * @returns the campaign as it was then.
   */
  follow(id: string, options: FollowOptions = {}): Promise<CampaignView> {
    return follow((signal) => this.campaign(id, signal === undefined ? {} : { signal }), options);
  }

  #control(id: string, call: ControlCall, options: Abortable): Promise<CampaignView> {
    return this.#json({ method: 'POST', path: `${pathOf(id)}/${call}`, ...options }, campaignViewSchema);
  }

  #json<T>(call: Call, schema: Schema<T>): Promise<T> {
    return this.#transport.send(call, async (response) =>
      parseAnswer(await response.text(), schema, `the answer to ${call.method} ${call.path}`),
    );
  }
}

function pathOf(id: string): string {
  return `/v1/campaigns/${encodeURIComponent(id)}`;
}

/** Takes the body off the connection, so that it can be used again. */
async function discard(response: Response): Promise<void> {
  await response.arrayBuffer();
}

function bodyOf(response: Response): Promise<AsyncIterable<Uint8Array>> {
  return response.body === null
    ? Promise.reject(new BongsuConnectionError('the answer has no body', { attempts: 1 }))
    : Promise.resolve(response.body);
}
