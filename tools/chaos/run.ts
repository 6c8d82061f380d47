import type { CampaignView, OutcomeLine } from '../../client/index.ts';
import type { CloudRun } from '../cloudRun.ts';
import { count, type Screen } from '../demo/screen.ts';
import { localClient } from '../localClient.ts';
import { ADDRESS_FAULT_NAMES, faultOf } from './addresses.ts';
import { Audience } from './audience.ts';
import { callControl } from './control.ts';
import { DELIVERY_FAULTS, type Deliveries } from './deliveries.ts';
import { readFcmLog, type FcmLog } from './fcmLog.ts';
import { Followed } from './following.ts';
import { judge } from './oracle.ts';
import { FAMILIES, type ChaosOptions } from './options.ts';
import { planTrouble } from './schedule.ts';
import type { Findings } from './report.ts';
import { fcmOf, KILLS, strikesOf, withdrawFaults } from './strikes.ts';
import { MESSAGES_IN_FLIGHT, SEND_RANGE_INSTANCES, LEASE_MS } from './settings.ts';
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

interface Sent {
  readonly audience: Audience;
  readonly followed: Followed;
}

/** Slower answers would run into the sender's deadline when an address hangs too. */
const SLOWEST_ANSWER_MS = 4_000;
const PACE = 'pace';

/** Sends the campaigns, makes trouble, waits for their end and judges. */
export async function run(options: ChaosOptions, { cloud, signal }: CloudRun, gear: Gear): Promise<Findings> {
  const { screen, tally, wires } = gear;
  const { members, seed, forMs, policies, only } = options;
  wires.connect(cloud.endpoints);
  const client = localClient(cloud.endpoints);
  const audiences = policies.map((policy, nth) => new Audience(policy, nth, only.has('address')));
  const all = members * audiences.length;
  await screen.step(`Storing ${count(all)} members through PUT /v1/members`, async () => {
    for (const [nth, audience] of audiences.entries()) {
      await client.putMembers(audience.members(members, seed), {
        signal,
        onProgress: ({ members: done }) => screen.progress({ done: nth * members + done, total: all, note: 'members' }),
      });
    }
  });
  const total = audiences.reduce((sum, { expected }) => sum + expected.length, 0);
  const fixedMs = answerMs(total, forMs);
  await callControl(fcmOf(cloud), 'PUT', `/faults/${PACE}`, { kind: 'latency', fixedMs });

  const startedAtMs = performance.now();
  const sent = await Promise.all(
    audiences.map(async (audience): Promise<Sent> => {
      const id = `chaos-${audience.policy}-${Date.now().toString(36)}`;
      await client.createCampaign(audience.campaign(id), { signal });
      return { audience, followed: new Followed(id, client) };
    }),
  );
  const progress = () => {
    const done = sent.reduce((sum, { followed }) => sum + followed.done, 0);
    const note = `kills ${tally.of('kill')}  stops ${tally.of('stop')}  cuts ${tally.of('cut')}`;
    screen.progress({ done, total, note });
  };
  const ends = sent.map(({ followed }) => followed.toTheEnd(progress, signal));
  const allOver = Promise.all(ends);
  allOver.catch(() => undefined);
  await screen.step(`Making trouble while ${count(total)} messages go out`, () =>
    trouble(options, { cloud, signal }, gear, () => sent.every(({ followed }) => followed.isOver)),
  );
  const views = await screen.step('Waiting for the campaigns to end', () => allOver);
  const elapsedMs = performance.now() - startedAtMs;
  return screen.step('Holding what FCM saw against what the API says', async () => {
    const fcm = await readFcmLog(fcmOf(cloud), signal);
    countAddressFaults(fcm, tally);
    const ended = await Promise.all(
      sent.map(async ({ audience, followed }, nth) => ({
        policy: audience.policy,
        expected: audience.expected,
        campaign: views[nth] as CampaignView,
        lines: await Array.fromAsync<OutcomeLine>(client.outcomes(followed.id, {}, { signal })),
      })),
    );
    const instances = cloud.host?.instances() ?? [];
    const replaced = instances.reduce((sum, { starts }) => sum + starts - 1, 0);
    return { judgement: judge(ended, fcm), tally, replaced, inFlight: MESSAGES_IN_FLIGHT * 2, elapsedMs };
  });
}

async function trouble(
  { seed, forMs, only }: ChaosOptions,
  { cloud, signal }: CloudRun,
  { wires, tally, deliveries }: Gear,
  isOver: () => boolean,
): Promise<void> {
  const asked = (kind: string): boolean => FAMILIES.some((name) => only.has(name) && kind.startsWith(`${name}.`));
  const strikes = strikesOf({ cloud, wires, tally, signal, leaseMs: LEASE_MS, seed });
  const kinds = [...strikes.keys(), ...DELIVERY_FAULTS, ...ADDRESS_FAULT_NAMES.map(addressKind)].filter(asked);
  for (const kind of kinds) tally.expect(kind);
  const others = [...strikes.keys()].filter((kind) => asked(kind) && !kind.startsWith('kill.'));
  deliveries.trouble(only.has('pubsub'));
  await makeTrouble(planTrouble({ kills: KILLS.filter(asked), others }, forMs, seed), strikes, isOver, signal);
  deliveries.trouble(false);
  await withdrawFaults({ cloud, tally });
}

/** How slowly FCM answers, so that what may be in flight takes as long as trouble is made. */
function answerMs(messages: number, forMs: number): number {
  const inFlight = SEND_RANGE_INSTANCES * MESSAGES_IN_FLIGHT;
  return Math.min(SLOWEST_ANSWER_MS, Math.max(1, Math.round((forMs * inFlight) / messages)));
}

/** An address misbehaves when it is first posted to; one that FCM never saw has troubled nobody. */
function countAddressFaults({ posts }: FcmLog, tally: Tally): void {
  for (const address of posts.keys()) {
    const fault = faultOf(address);
    if (fault !== null) tally.add(addressKind(fault));
  }
}

const addressKind = (fault: string): string => `address.${fault}`;
