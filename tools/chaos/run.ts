import { setTimeout as delay } from 'node:timers/promises';
import type { BongsuClient, CampaignView } from '../../client/index.ts';
import type { CloudRun } from '../cloudRun.ts';
import { count, type Screen } from '../demo/screen.ts';
import { localClient } from '../localClient.ts';
import { addressKind, ADDRESS_FAULT_NAMES, faultOf } from './addresses.ts';
import { Audience } from './audience.ts';
import { callControl } from './control.ts';
import { DELIVERY_FAULTS, type Deliveries } from './deliveries.ts';
import { readFcmLog } from './fcmLog.ts';
import { Followed } from './following.ts';
import { judge, type Ended } from './oracle.ts';
import { FAMILIES, type ChaosOptions } from './options.ts';
import type { Findings } from './report.ts';
import { planTrouble } from './schedule.ts';
import { LEASE_MS, MESSAGES_IN_FLIGHT, SEND_RANGE_INSTANCES } from './settings.ts';
import { fcmOf, KILLS, strikesOf, withdrawFaults } from './strikes.ts';
import type { Tally } from './tally.ts';
import { makeTrouble } from './trouble.ts';
import type { Wires } from './wires.ts';

/** What is made ready before the cloud starts. */
export interface Gear {
  readonly wires: Wires;
  readonly deliveries: Deliveries;
  readonly tally: Tally;
  readonly screen: Screen;
}

/** What every step of a run knows. */
interface Site extends CloudRun, Gear {
  readonly options: ChaosOptions;
  readonly client: BongsuClient;
}

interface Sent {
  readonly audience: Audience;
  readonly followed: Followed;
}

/** Slower answers would run into the sender's deadline where an address hangs too. */
const SLOWEST_ANSWER_MS = 4_000;

const LOOK_EVERY_MS = 200;

/** Sends the campaigns, makes trouble, waits for their end and judges. */
export async function run(options: ChaosOptions, cloudRun: CloudRun, gear: Gear): Promise<Findings> {
  const { cloud } = cloudRun;
  const site: Site = { ...cloudRun, ...gear, options, client: localClient(cloud.endpoints) };
  const { tally, screen, signal } = site;
  site.wires.connect(cloud.endpoints);
  const audiences = await storeAudiences(site);
  const messages = audiences.reduce((sum, { expected }) => sum + expected.length, 0);
  await slowAnswers(site, messages);
  const startedAtMs = performance.now();
  const sent = await Promise.all(audiences.map((audience) => send(site, audience)));
  const views = await throughTrouble(site, sent, messages);
  const elapsedMs = performance.now() - startedAtMs;
  return screen.step('Holding what FCM saw against what the API says', async () => {
    const fcm = await readFcmLog(fcmOf(cloud), signal);
    // An address misbehaves when it is first posted to; one that FCM never saw has troubled nobody.
    for (const fault of [...fcm.posts.keys()].map(faultOf)) if (fault !== null) tally.add(addressKind(fault));
    const ended = await Promise.all(sent.map((one, nth) => collect(site, one, views[nth] as CampaignView)));
    const replaced = (cloud.host?.instances() ?? []).reduce((sum, { starts }) => sum + starts - 1, 0);
    return { judgement: judge(ended, fcm), tally, replaced, inFlight: MESSAGES_IN_FLIGHT * 2, elapsedMs };
  });
}

/** The members of each campaign, in the directory. */
async function storeAudiences({ client, options, screen, signal }: Site): Promise<Audience[]> {
  const { policies, only, seed } = options;
  const each = Math.ceil(options.members / policies.length);
  const audiences = policies.map((policy, nth) => new Audience(policy, nth, only.has('address')));
  const total = each * audiences.length;
  await screen.step(`Storing ${count(total)} members through PUT /v1/members`, async () => {
    for (const [nth, audience] of audiences.entries()) {
      await client.putMembers(audience.members(each, seed), {
        signal,
        onProgress: ({ members }) => screen.progress({ done: nth * each + members, total, note: 'members' }),
      });
    }
  });
  return audiences;
}

/** FCM answers so slowly that what may be in flight takes as long as trouble is made. */
async function slowAnswers({ cloud, options: { forMs } }: Site, messages: number): Promise<void> {
  const neededMs = (forMs * SEND_RANGE_INSTANCES * MESSAGES_IN_FLIGHT) / messages;
  const fixedMs = Math.min(SLOWEST_ANSWER_MS, Math.max(1, Math.round(neededMs)));
  await callControl(fcmOf(cloud), 'PUT', '/faults/slow', { kind: 'latency', fixedMs });
}

async function send({ client, signal }: Site, audience: Audience): Promise<Sent> {
  const id = `chaos-${audience.policy}-${Date.now().toString(36)}`;
  await client.createCampaign(audience.campaign(id), { signal });
  return { audience, followed: new Followed(id, client) };
}

/** @returns the campaigns as they ended */
async function throughTrouble(site: Site, sent: readonly Sent[], total: number): Promise<CampaignView[]> {
  const { screen, tally, signal } = site;
  const progress = (): void => {
    const done = sent.reduce((sum, { followed }) => sum + followed.done, 0);
    const note = `kills ${tally.of('kill.')}  stops ${tally.of('stop.')}  cuts ${tally.of('cut.')}`;
    screen.progress({ done, total, note });
  };
  const ends = Promise.all(sent.map(({ followed }) => followed.toTheEnd(progress, signal)));
  // Met below; until then it is nobody's.
  ends.catch(() => undefined);
  await screen.step('Waiting for the first POSTs', () => Promise.race([firstPosts(site), ends]));
  await screen.step(`Making trouble while ${count(total)} messages go out`, () =>
    trouble(site, () => sent.every(({ followed }) => followed.isOver)),
  );
  return screen.step('Waiting for the campaigns to end', () => ends);
}

/** Trouble that came before would meet nothing in flight. */
async function firstPosts({ cloud, signal }: Site): Promise<void> {
  const posts = async (): Promise<number> =>
    ((await callControl(fcmOf(cloud), 'GET', '/report')) as { posts: number }).posts;
  while ((await posts()) === 0) await delay(LOOK_EVERY_MS, undefined, { signal });
}

async function trouble(site: Site, isOver: () => boolean): Promise<void> {
  const { deliveries, tally, signal } = site;
  const { only, forMs, seed } = site.options;
  const asked = (kind: string): boolean => FAMILIES.some((name) => only.has(name) && kind.startsWith(`${name}.`));
  const strikes = strikesOf({ ...site, leaseMs: LEASE_MS, seed });
  const kinds = [...strikes.keys(), ...DELIVERY_FAULTS, ...ADDRESS_FAULT_NAMES.map(addressKind)];
  for (const kind of kinds.filter(asked)) tally.expect(kind);
  const others = [...strikes.keys()].filter((kind) => asked(kind) && !KILLS.includes(kind));
  deliveries.trouble(only.has('pubsub'));
  await makeTrouble(planTrouble({ kills: KILLS.filter(asked), others }, forMs, seed), strikes, isOver, signal);
  deliveries.trouble(false);
  await withdrawFaults(site);
}

async function collect({ client, signal }: Site, { audience, followed }: Sent, campaign: CampaignView): Promise<Ended> {
  const lines = await Array.fromAsync(client.outcomes(followed.id, {}, { signal }));
  return { policy: audience.policy, expected: audience.expected, campaign, lines };
}
