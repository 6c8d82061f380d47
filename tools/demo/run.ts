import { Expecting } from '../members/expectation.ts';
import { generateMembers } from '../members/generate.ts';
import type { Findings } from './checks.ts';
import { demoCampaign } from './content.ts';
import { readFcmReport } from './fcmReport.ts';
import type { DemoOptions } from './options.ts';
import { followToTheEnd, listOutcomes, type DemoWorld } from './following.ts';
import { count } from './screen.ts';

/** Stores the members, sends the campaign, waits for its end and gathers what every side says of it. */
export async function run(options: DemoOptions, world: DemoWorld): Promise<Findings> {
  const { client, screen, signal } = world;
  const expecting = new Expecting(options.kind);
  await screen.step(`Storing ${count(options.members)} members through PUT /v1/members`, () =>
    client.putMembers(expecting.through(generateMembers(options)), {
      signal,
      onProgress: ({ members }) => screen.progress({ done: members, total: options.members, note: 'members' }),
    }),
  );
  const expectation = expecting.result();
  const id = `demo-${Date.now().toString(36)}`;
  const startedAtMs = performance.now();
  const campaign = await screen.step(
    `Sending the ${options.kind} campaign ${id}: ${count(expectation.planned)} messages`,
    async () => {
      await client.createCampaign(demoCampaign(id, options.kind, expectation.lastMemberNo), { signal });
      return followToTheEnd(id, expectation.planned, world);
    },
  );
  const elapsedMs = performance.now() - startedAtMs;
  const listed = await screen.step('Reading what became of each message', () =>
    listOutcomes(id, campaign.planned, world),
  );
  const fcm = world.fcmControl === null ? null : await readFcmReport(world.fcmControl, signal);
  return { campaign, expectation, listed, fcm, texts: null, elapsedMs };
}
