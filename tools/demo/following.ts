import type { BongsuClient, CampaignView } from '../../client/index.ts';
import { sumOf } from './checks.ts';
import { count, duration, type Screen } from './screen.ts';
import { Stall } from './stall.ts';

const LOOK_INTERVAL_MS = 500;

export interface DemoWorld {
  readonly client: BongsuClient;
  /** `host:port` of the FCM simulator's control API; null where somebody else's FCM server is used. */
  readonly fcmControl: string | null;
  readonly screen: Screen;
  /** Aborted when the run shall end. */
  readonly signal: AbortSignal;
}

/** Shows how a campaign gets on until it has ended. @param expected messages */
export async function followToTheEnd(id: string, expected: number, world: DemoWorld): Promise<CampaignView> {
  const stall = new Stall();
  return world.client.follow(id, {
    intervalMs: LOOK_INTERVAL_MS,
    signal: world.signal,
    onProgress: (campaign) => {
      const done = sumOf(campaign.outcomes);
      const total = Math.max(expected, campaign.planned);
      world.screen.progress({ done, total, note: noteOn(campaign, total - done) });
      stall.check(done, campaign, performance.now());
    },
  });
}

/** The demo knows how many messages there will be, which the pipeline does not before it has read its audience. */
function noteOn({ ratePerSecond, outcomes, state }: CampaignView, left: number): string {
  const kinds = Object.entries(outcomes).filter(([, messages]) => messages > 0);
  return [
    state,
    `${count(Math.round(ratePerSecond))}/s`,
    ...(ratePerSecond === 0 ? [] : [`ETA ${duration((left / ratePerSecond) * 1_000)}`]),
    ...kinds.map(([outcome, messages]) => `${outcome} ${count(messages)}`),
  ].join('  ');
}

/** The lines of `GET …/outcomes` by `<outcome>.<reason>`. */
export async function listOutcomes(id: string, planned: number, world: DemoWorld): Promise<Record<string, number>> {
  const listed: Record<string, number> = {};
  let lines = 0;
  for await (const { outcome, reason } of world.client.outcomes(id, {}, { signal: world.signal })) {
    const code = `${outcome}.${reason}`;
    listed[code] = (listed[code] ?? 0) + 1;
    lines += 1;
    if (lines % 5_000 === 0) world.screen.progress({ done: lines, total: planned, note: 'lines' });
  }
  return listed;
}
