import type { CampaignInput, CampaignView } from '../../../client/index.ts';
import { generateMembers } from '../../members/generate.ts';
import type { FaultShares } from '../../members/faults.ts';
import type { Profile } from '../../members/member.ts';
import { generatePersonal, SHARED_MESSAGE } from '../../personal/generate.ts';
import { demoCampaign } from '../../demo/content.ts';
import type { PipelineCloud } from './cloud.ts';
import { processesOf, Sampler, type Footprint } from './sampler.ts';

const SEED = 11;
const PARTS_AT_ONCE = 4;
/** Between two looks at a campaign: its end is told by itself, so that they need not be closer. */
const LOOK_MS = 1_000;

export interface CampaignSpec {
  /** No two of one cloud are the same. */
  readonly id: string;
  readonly messages: number;
  readonly signal: AbortSignal;
  /** Rate that the campaign is set to; as fast as it goes where absent. */
  readonly perSecond?: number;
  /** Of the addresses of an upload. */
  readonly faults?: FaultShares;
  /** Member numbers that the directory holds: half of an upload's recipients are named by them. */
  readonly members?: { readonly profile: Profile; readonly lastMemberNo: number };
}

/** What one campaign came to, from the moment its acceptance was answered. */
export interface CampaignRun {
  readonly messages: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Between the first POST at FCM and the last: without what the campaign needs to begin and to see that it has ended. */
  readonly postsPerSecond: number;
  readonly acceptToFirstPostMs: number;
  /** Processor time by part of the cloud, in ms. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** The sending instance. */
  readonly sending: Footprint;
  readonly operations: CampaignView['operations'];
}

export interface UploadRun extends CampaignRun {
  /** The instance that takes the upload, from its first part until it is sealed. */
  readonly ingesting: Footprint;
}

export async function storeMembers(
  cloud: PipelineCloud,
  members: number,
  profile: Profile,
  signal: AbortSignal,
): Promise<void> {
  cloud.prepare();
  await cloud.client.putMembers(generateMembers({ members, seed: SEED, profile }), { signal });
}

/** A campaign to the members 1 to `messages`, who must be there. */
export async function runToMembers(cloud: PipelineCloud, spec: CampaignSpec): Promise<CampaignRun> {
  const campaign = { ...demoCampaign(spec.id, 'transactional', spec.messages), ...paceOf(spec) };
  return measured(cloud, spec, () => cloud.client.createCampaign(campaign, { signal: spec.signal }));
}

/** A campaign in which every message is different. */
export async function runPersonalised(cloud: PipelineCloud, spec: CampaignSpec): Promise<UploadRun> {
  const { id, messages, faults = {}, members = null, signal } = spec;
  cloud.prepare();
  const draft = { id, kind: 'transactional', audience: { recipients: {} }, message: SHARED_MESSAGE } as const;
  await cloud.client.createCampaign({ ...draft, ...paceOf(spec) }, { signal });
  const lines = function* () {
    for (const { line } of generatePersonal({ recipients: messages, seed: SEED, faults, members })) yield line;
  };
  const ingest = new Sampler(processesOf(cloud.host, 'api'));
  const seal = await cloud.client.putRecipients(id, lines(), { inFlight: PARTS_AT_ONCE, signal });
  let ingesting: Footprint | undefined;
  const run = await measured(cloud, spec, async () => {
    const view = await cloud.client.startCampaign(id, seal, { signal });
    ingesting = ingest.stop();
    return view;
  });
  return { ...run, ingesting: ingesting as Footprint };
}

/** Sends nothing else meanwhile. @param accept starts the campaign */
async function measured(
  cloud: PipelineCloud,
  { id, messages, signal }: CampaignSpec,
  accept: () => Promise<CampaignView>,
): Promise<CampaignRun> {
  cloud.measure();
  await cloud.resetFcm();
  const sampler = new Sampler(processesOf(cloud.host, 'sendRange'));
  const before = cloud.cpu();
  await accept();
  const acceptedAtMs = Date.now();
  const follow = cloud.client.follow(id, { signal, intervalMs: LOOK_MS });
  const view = await Promise.race([follow, cloud.failed]);
  const cpuMs = Object.fromEntries([...cloud.cpu()].map(([name, ms]) => [name, ms - (before.get(name) ?? 0)]));
  const sending = sampler.stop();
  assertWhole(cloud, view, messages);
  const { firstAtMs, lastAtMs, posts } = await cloud.fcmAccount();
  const seconds = (Date.parse(view.endedAt ?? '') - acceptedAtMs) / 1_000;
  return {
    messages,
    seconds,
    perSecond: messages / seconds,
    postsPerSecond: (posts * 1_000) / (lastAtMs - firstAtMs),
    acceptToFirstPostMs: Math.round(firstAtMs - acceptedAtMs),
    cpuMs,
    sending,
    operations: view.operations,
  };
}

/** @throws Error where the figures would be about something else than a campaign of that size */
function assertWhole(cloud: PipelineCloud, view: CampaignView, messages: number): void {
  const died = cloud.host.instances().find(({ group, starts }) => group === 'sendRange' && starts > 1);
  if (died !== undefined) throw new Error(`${died.name} died on the way`);
  if (!view.conserved || view.state !== 'completed') throw new Error(`the campaign ended as ${view.state}`);
  if (view.planned < messages) throw new Error(`the campaign had ${view.planned} messages, not ${messages}`);
}

function paceOf({ perSecond }: CampaignSpec): Partial<CampaignInput> {
  return perSecond === undefined ? {} : { pace: { perSecond } };
}
