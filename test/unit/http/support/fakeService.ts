import type {
  CampaignPatch,
  CampaignRequest,
  CampaignView,
  OutcomeLine,
} from '../../../../functions/src/contract/campaign.ts';
import type { ConsentDue, Member, MemberPatch } from '../../../../functions/src/contract/member.ts';
import { ProblemError } from '../../../../functions/src/contract/problem.ts';
import type { Seal } from '../../../../functions/src/contract/recipient.ts';
import type { EstimateRequest } from '../../../../functions/src/contract/estimate.ts';
import type { TestSend } from '../../../../functions/src/contract/testSend.ts';
import type { PartLine, PartUpload } from '../../../../functions/src/stages/part.ts';
import { NO_OPERATIONS } from '../../../../functions/src/store/totals.ts';
import type { CampaignsQuery, Nonces, Service } from '../../../../functions/src/http/service.ts';

const SPENT = {
  operations: NO_OPERATIONS,
  cost: {
    usd: 0,
    perMillionUsd: null,
    byService: { firestore: 0, pubsub: 0, tasks: 0, functions: 0 },
    prices: 'us-central1' as const,
  },
};

/** Remembers what it was asked, and knows nothing of a pipeline. */
export class FakeService implements Service {
  /** Names of the methods called, in order. */
  readonly calls: string[] = [];
  readonly campaignsById = new Map<string, CampaignView>();
  readonly members = new Map<number, Member>();
  lastQuery: CampaignsQuery | undefined;
  lastTest: TestSend | undefined;
  lastPart: readonly PartLine[] = [];
  lastSeal: Seal | null | undefined;
  lastPatch: CampaignPatch | undefined;
  lastFilter: { readonly outcome?: string } | undefined;
  dependencies: Record<string, string> = { firestore: 'reachable' };
  dueLines: () => AsyncIterable<ConsentDue> = noLines;
  outcomeLines: () => AsyncIterable<OutcomeLine> = noLines;
  /** Thrown by the next call of whatever method. */
  failure: Error | undefined;

  async createCampaign(request: CampaignRequest) {
    this.#called('createCampaign');
    const known = this.campaignsById.get(request.id);
    if (known !== undefined) return { created: false, campaign: known };
    const campaign = viewOf(request);
    this.campaignsById.set(request.id, campaign);
    return { created: true, campaign };
  }

  async estimate({ id, recipients }: EstimateRequest) {
    this.#called(`estimate ${id}`);
    const n = recipients ?? 10;
    const { operations, cost } = SPENT;
    return { recipients: n, messages: n, pushes: n, exact: true, seconds: 1, operations, cost, warnings: [] };
  }

  async campaign(id: string) {
    this.#called('campaign');
    const campaign = this.campaignsById.get(id);
    if (campaign === undefined) throw new ProblemError('not_found', 'There is no campaign of this id.');
    return campaign;
  }

  async campaigns(query: CampaignsQuery) {
    this.#called('campaigns');
    this.lastQuery = query;
    return { campaigns: [...this.campaignsById.values()], cursor: null };
  }

  async outcomes(id: string, filter: { readonly outcome?: string }) {
    await this.campaign(id);
    this.lastFilter = filter;
    return this.outcomeLines();
  }

  async recipient(id: string, key: string) {
    await this.campaign(id);
    return { key, messages: [] };
  }

  async putPart({ part, lines }: PartUpload) {
    this.#called('putPart');
    this.lastPart = await Array.fromAsync(lines);
    return { part, recipients: this.lastPart.length, pages: 1 };
  }

  async startCampaign(id: string, seal: Seal | null) {
    this.#called('startCampaign');
    this.lastSeal = seal;
    return this.campaign(id);
  }

  async patchCampaign(id: string, patch: CampaignPatch) {
    this.#called('patchCampaign');
    this.lastPatch = patch;
    return this.campaign(id);
  }

  async controlCampaign(id: string, call: string) {
    this.#called(call);
    return this.campaign(id);
  }

  async testCampaign(id: string, test: TestSend) {
    this.#called('testCampaign');
    await this.campaign(id);
    this.lastTest = test;
    const results = test.to.map((_, to) => ({ to, address: null, outcome: 'accepted' as const, reason: 'fcm' }));
    return { validateOnly: test.validateOnly, results };
  }

  async putMembers(members: readonly Member[]) {
    this.#called('putMembers');
    for (const member of members) this.members.set(member.memberNo, member);
    return { members: members.length, pages: 1 };
  }

  async member(memberNo: number) {
    this.#called('member');
    return this.members.get(memberNo) ?? null;
  }

  async patchMember(memberNo: number, patch: MemberPatch) {
    this.#called('patchMember');
    const known = this.members.get(memberNo);
    if (known === undefined) throw new ProblemError('not_found', 'There is no member of this number.');
    return { ...known, tags: patch.tags ?? known.tags };
  }

  consentsDue(dueBeforeMs: number): AsyncIterable<ConsentDue> {
    this.#called(`consentsDue ${new Date(dueBeforeMs).toISOString()}`);
    return this.dueLines();
  }

  async removeMember(memberNo: number) {
    this.#called('removeMember');
    this.members.delete(memberNo);
  }

  async ready() {
    this.#called('ready');
    return this.dependencies;
  }

  #called(method: string): void {
    this.calls.push(method);
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }
}

export class FakeNonces implements Nonces {
  readonly taken = new Map<string, number>();

  async takeOnce(key: string, expiresAtMs: number): Promise<boolean> {
    if (this.taken.has(key)) return false;
    this.taken.set(key, expiresAtMs);
    return true;
  }
}

export function outcomeLine(key: string): OutcomeLine {
  return {
    key,
    outcome: 'accepted',
    reason: 'fcm',
    address: '0011223344556677',
    attempts: 1,
    consentAt: null,
    nightConsentAt: null,
    at: '2026-03-01T00:00:00Z',
  };
}

async function* noLines(): AsyncGenerator<never> {}

function viewOf(request: CampaignRequest): CampaignView {
  return {
    id: request.id,
    kind: request.kind,
    state: request.start !== false ? 'running' : 'draft',
    ending: null,
    audience: request.audience,
    schedule: request.schedule ?? null,
    startsAt: null,
    warnings: [],
    policy: request.policy,
    pace: { perSecond: null, grantedPerSecond: 0 },
    planned: 0,
    walked: false,
    outcomes: { accepted: 0, invalid: 0, failed: 0, suppressed: 0, expired: 0, cancelled: 0, unknown: 0 },
    reasons: {},
    pending: 0,
    conserved: false,
    resent: 0,
    progress: 0,
    ratePerSecond: 0,
    etaSeconds: null,
    recipientsKeptUntil: null,
    haltedBecause: null,
    problems: [],
    deadLetters: { count: 0, latest: [] },
    ...SPENT,
    createdAt: '2026-03-01T00:00:00Z',
    startedAt: null,
    endedAt: null,
    createdBy: 'main-server',
    audit: [],
  };
}
