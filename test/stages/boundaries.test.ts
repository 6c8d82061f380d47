import assert from 'node:assert/strict';
import type { Member } from '../../functions/src/contract/member.ts';
import type { TaskName } from '../../functions/src/contract/signals.ts';
import { controlCampaign } from '../../functions/src/stages/control.ts';
import { retry } from '../../functions/src/stages/retry.ts';
import { idOf } from '../../functions/src/store/paths.ts';
import { readBatch } from '../../functions/src/store/records.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, load, member, NIGHT_EDGES, view } from './support.ts';

const DAY_MS = 86_400_000;
const yes = { granted: true, at: '2026-01-02T03:04:05Z' };
const no = { granted: false, at: '2026-01-02T03:04:05Z' };

/** Where the wall clocks show what they show is the recipients' own: zones with daylight saving, and of half an hour. */
const ZONES = ['Asia/Seoul', 'America/Los_Angeles', 'Asia/Kolkata'] as const;
/** The offset of each on the days of these tests. */
const OFFSETS = { 'Asia/Seoul': '+09:00', 'America/Los_Angeles': '-08:00', 'Asia/Kolkata': '+05:30' } as const;
type Zone = (typeof ZONES)[number];

/** Consent by day alone, with the night refused, and with the night. */
const people = (timeZone: Zone): Member[] => [
  member(1, { timeZone, consent: { marketing: yes } }),
  member(2, { timeZone, consent: { marketing: yes, night: no } }),
  member(3, { timeZone, consent: { marketing: yes, night: yes } }),
];

interface Moment {
  readonly zone: Zone;
  readonly wallMs: number;
  readonly night: 'hold' | 'suppress';
}

async function cloudAt(startMs: number, { zone, night }: Moment, policy: object = {}): Promise<MemoryCloud> {
  const cloud = new MemoryCloud({}, startMs);
  // Without the way that a message takes, the moment of the attempt is the moment that the test chose.
  cloud.deliver = () => [{ afterMs: 0 }];
  await load(cloud, people(zone));
  await create(cloud, 3, { kind: 'marketing', policy: { night, ...policy } });
  return cloud;
}

/** Noon before: at that time everybody may be written to. */
const noonBefore = ({ zone, wallMs }: Moment): number => {
  const noonMs = Date.parse(`${new Date(wallMs).toISOString().slice(0, 10)}T12:00:00${OFFSETS[zone]}`);
  return noonMs < wallMs ? noonMs : noonMs - DAY_MS;
};

const refuse = (cloud: MemoryCloud): void => {
  cloud.fcm.behaviour = () => ({ result: { kind: 'refused', code: 'UNAVAILABLE' } });
};
const accept = (cloud: MemoryCloud): void => {
  cloud.fcm.behaviour = () => ({ result: { kind: 'accepted' } });
};
const postsAt = (cloud: MemoryCloud, atMs: number): string[] =>
  cloud.fcm.posts.filter((post) => post.atMs === atMs).map(({ address }) => address);

/** Keeps what waits from being sent again, until the test does it by itself. */
function lose(cloud: MemoryCloud, ...lost: readonly TaskName[]): void {
  const { tasks } = cloud.world;
  const enqueue = tasks.enqueue.bind(tasks);
  tasks.enqueue = (task, ...rest) => (lost.includes(task) ? Promise.resolve() : enqueue(task, ...rest));
}

/** The retry of whatever waits, now. */
async function retryNow(cloud: MemoryCloud): Promise<void> {
  for (const doc of cloud.documents.all().filter(({ path }) => path.includes('/batches/'))) {
    const { record } = readBatch(doc);
    if (record.state !== 'retry') continue;
    void retry(cloud.world, { campaignId: 'c', batchId: idOf(doc.path), attempt: record.attempt + 1 });
  }
}

/** An hour after its first attempt a message gets no other. */
async function asIfBegun(cloud: MemoryCloud, firstAttemptAtMs: number): Promise<void> {
  const batches = cloud.documents.all().filter(({ path }) => path.includes('/batches/'));
  await cloud.documents.commit(batches.map(({ path }) => ({ merge: path, fields: { firstAttemptAtMs } })));
}

/** Each brings a campaign to an attempt at exactly the moment. */
const WAYS: Readonly<Record<string, (moment: Moment) => Promise<MemoryCloud>>> = {
  'a first attempt': (moment) => cloudAt(moment.wallMs, moment),

  'a retry': async (moment) => {
    const cloud = await cloudAt(noonBefore(moment), moment);
    lose(cloud, 'retry');
    refuse(cloud);
    await cloud.until(() => cloud.fcm.posts.length === 3);
    // A conductor that looks on for hours takes the test seconds.
    lose(cloud, 'conduct');
    await cloud.passTo(moment.wallMs);
    await asIfBegun(cloud, moment.wallMs - 60_000);
    accept(cloud);
    await retryNow(cloud);
    return cloud;
  },

  'a resume': async (moment) => {
    const cloud = await cloudAt(noonBefore(moment), moment);
    cloud.deliver = () => [];
    await cloud.until(() => cloud.documents.all().some(({ path }) => path.includes('/ranges/')));
    await controlCampaign(cloud.world, 'c', 'pause', 'operator');
    await cloud.settle();
    await cloud.passTo(moment.wallMs);
    cloud.deliver = () => [{ afterMs: 0 }];
    await controlCampaign(cloud.world, 'c', 'resume', 'operator');
    return cloud;
  },

  'a redrive': async (moment) => {
    const cloud = await cloudAt(noonBefore(moment), moment, { maxAttempts: 1 });
    refuse(cloud);
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'failed.unavailable': 3 });
    await cloud.passTo(moment.wallMs - 10_000);
    lose(cloud, 'retry');
    await controlCampaign(cloud.world, 'c', 'redrive', 'operator');
    await cloud.passTo(moment.wallMs);
    accept(cloud);
    await retryNow(cloud);
    return cloud;
  },
};

for (const [way, bring] of Object.entries(WAYS)) {
  describe(`${way}, at the edges of the night`, () => {
    for (const [wall, byDay] of NIGHT_EDGES) {
      for (const night of ['hold', 'suppress'] as const) {
        const others = byDay ? 'sends to all' : `lets out who has agreed to it alone`;
        it(`at ${wall} ${others}, with the policy ${night}`, async () => {
          for (const zone of ZONES) {
            const wallMs = Date.parse(`2026-11-21T${wall}${OFFSETS[zone]}`);
            const cloud = await bring({ zone, wallMs, night });
            // Half a second, in which the law does not change.
            await cloud.passTo(wallMs + 500);
            const sent = byDay ? ['token-1', 'token-2', 'token-3'] : ['token-3'];
            assert.deepEqual(postsAt(cloud, wallMs).toSorted(), sent, zone);
            const { reasons } = await view(cloud);
            const asides = night === 'hold' ? { 'held.night': 2 } : { 'suppressed.night': 2 };
            assert.deepEqual(reasons, { 'accepted.fcm': sent.length, ...(byDay ? {} : asides) }, zone);
          }
        });
      }
    }
  });
}
