import { setTimeout as delay } from 'node:timers/promises';
import { generatePersonal, SHARED_MESSAGE } from '../../personal/generate.ts';
import { generateMembers } from '../../members/generate.ts';
import { DEFAULT_FAULTS } from '../../members/faults.ts';
import { DEFAULT_PROFILE } from '../../members/member.ts';
import { startLocalCloud, type Host, type LocalCloud } from '../../local/local-cloud.ts';
import { localClient } from '../../localClient.ts';
import { processesOf, Sampler, type Footprint } from './sampler.ts';

/** Members in the directory: so many of the recipients are named by their number, the others by an address. */
const MEMBERS = 20_000;
const SEED = 11;
const PARTS_AT_ONCE = 4;

export interface CampaignFigures {
  readonly messages: number;
  /** Share of addresses that answer after 8 s. */
  readonly hangingShare: number;
  /** Characters that were added to each message's data. */
  readonly padding: number;
  readonly accepted: number;
  /** From the start to the end of the campaign. */
  readonly seconds: number;
  readonly messagesPerSecond: number;
  /** The function that takes the upload, while it is uploaded and sealed. */
  readonly ingesting: Footprint;
  /** The function that sends, while it does. */
  readonly sending: Footprint;
}

export interface CampaignRun {
  readonly messages: number;
  readonly hangingShare: number;
  readonly padding: number;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
  /** Arguments of Node for the functions' processes, to try other settings of V8. */
  readonly nodeArgs: readonly string[];
}

/** Starts a local cloud of its own, uploads and sends one personalised campaign, and watches the functions' memory. */
export async function measureCampaign(run: CampaignRun): Promise<CampaignFigures> {
  const cloud = await startBenchCloud(run.signal, run.nodeArgs);
  try {
    return await Promise.race([measureOn(cloud, run), cloud.failed]);
  } finally {
    await cloud.stop();
  }
}

export function startBenchCloud(signal: AbortSignal, nodeArgs: readonly string[]): Promise<LocalCloud> {
  return startLocalCloud({ functions: 'host', name: `bench-${process.pid}`, signal, host: { nodeArgs } });
}

async function measureOn(cloud: LocalCloud, run: CampaignRun): Promise<CampaignFigures> {
  const { messages, hangingShare, padding, signal, say } = run;
  const { host } = cloud;
  if (host === null) throw new TypeError('memory is measured on the production-like host');
  const client = localClient(cloud.endpoints);
  const faults = { ...DEFAULT_FAULTS, 'hang-8000': hangingShare };
  const profile = { ...DEFAULT_PROFILE, faults };
  await client.putMembers(generateMembers({ members: MEMBERS, seed: SEED, profile }), { signal });
  await replaceApi(host);

  const id = `bench-${messages}`;
  await client.createCampaign({
    id,
    kind: 'transactional',
    audience: { recipients: {} },
    message: SHARED_MESSAGE,
  });
  const recipients = generatePersonal({
    recipients: messages,
    seed: SEED,
    faults,
    members: { profile, lastMemberNo: MEMBERS },
  });
  const ingest = new Sampler(processesOf(host, 'api'));
  const seal = await client.putRecipients(id, linesOf(recipients, padding), { inFlight: PARTS_AT_ONCE, signal });
  say(`  ${messages.toLocaleString('en-US')} recipients uploaded`);
  const send = new Sampler(processesOf(host, 'sendRange'));
  await client.startCampaign(id, seal, { signal });
  const ingesting = ingest.stop();
  const view = await client.follow(id, { signal, intervalMs: 2_000 });
  const sending = send.stop();
  const died = host.instances().find(({ group, starts }) => group === 'sendRange' && starts > 1);
  if (died !== undefined) throw new Error(`${died.name} died on the way`);
  if (!view.conserved || view.state !== 'completed') throw new Error(`the campaign ended as ${view.state}`);
  const seconds = (Date.parse(view.endedAt ?? '') - Date.parse(view.startedAt ?? '')) / 1_000;
  return {
    messages,
    hangingShare,
    padding,
    accepted: view.outcomes.accepted,
    seconds,
    messagesPerSecond: view.planned / seconds,
    ingesting,
    sending,
  };
}

/** What stored the members has grown by it: the upload shall meet a process that has done nothing yet. */
async function replaceApi(host: Host): Promise<void> {
  const before = host.api.starts;
  host.kill('api', 'SIGKILL');
  while (host.api.starts === before) await delay(50);
  await host.api.ready();
}

function* linesOf(messages: ReturnType<typeof generatePersonal>, padding: number) {
  const text = 'x'.repeat(padding);
  for (const { line } of messages) yield padding === 0 ? line : { ...line, data: { ...line.data, text } };
}
