import { PersonalExpecting } from '../personal/expectation.ts';
import { generatePersonal, SHARED_MESSAGE } from '../personal/generate.ts';
import type { Findings } from './checks.ts';
import { readFcmReport, resetFcm } from './fcmReport.ts';
import { followToTheEnd, listOutcomes, type DemoWorld } from './following.ts';
import type { DemoOptions } from './options.ts';
import { count } from './screen.ts';
import { deadArePutAside, withoutPutAside } from './putAside.ts';
import { compareTrays } from './trays.ts';

/**
 * Uploads messages that are all different, to members and to addresses that no directory holds, sends them and gathers
 * what every side says of it.
 *
 * @param earlier what came of the campaign to the members, whose sample the directory holds
 */
export async function runPersonal(options: DemoOptions, earlier: Findings, world: DemoWorld): Promise<Findings> {
  const { client, screen, signal, fcmControl } = world;
  const { recipients, seed, profile, kind } = options;
  const { lastMemberNo } = earlier.expectation;
  const isPutAside = await screen.step('Waiting until addresses that FCM called dead are put aside', () =>
    deadArePutAside(earlier.campaign, options, world),
  );
  if (fcmControl !== null) await resetFcm(fcmControl, signal);
  const id = `demo-orders-${Date.now().toString(36)}`;
  const expecting = new PersonalExpecting((message) => (isPutAside ? withoutPutAside(message, kind) : message.to));
  const sample = { recipients, seed, faults: profile.faults, members: { profile, lastMemberNo } };
  await client.createCampaign(
    { id, kind: 'transactional', audience: { recipients: {} }, message: SHARED_MESSAGE },
    { signal },
  );
  const seal = await screen.step(`Uploading ${count(recipients)} recipients, each with a text of its own`, () =>
    client.putRecipients(id, expecting.through(generatePersonal(sample)), {
      signal,
      onProgress: ({ recipients: done }) => screen.progress({ done, total: recipients, note: 'recipients' }),
    }),
  );
  const expectation = expecting.result();
  const startedAtMs = performance.now();
  const campaign = await screen.step(
    `Sending the personalised campaign ${id}: ${count(expectation.planned)} messages`,
    async () => {
      await client.startCampaign(id, seal, { signal });
      return followToTheEnd(id, expectation.planned, world);
    },
  );
  const elapsedMs = performance.now() - startedAtMs;
  const listed = await screen.step('Reading what became of each message', () =>
    listOutcomes(id, campaign.planned, world),
  );
  if (fcmControl === null) return { campaign, expectation, listed, fcm: null, texts: null, elapsedMs };
  const fcm = await readFcmReport(fcmControl, signal);
  const texts = await screen.step('Looking at what each device shows', () =>
    compareTrays(fcmControl, expecting.shown, signal),
  );
  return { campaign, expectation, listed, fcm, texts, elapsedMs };
}
