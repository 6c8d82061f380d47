import assert from 'node:assert/strict';
import type { Member } from '../../functions/src/contract/member.ts';
import { controlCampaign } from '../../functions/src/stages/control.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import type { Behaviour } from '../memory/fcm.ts';
import { create, lines, load, member, NIGHT_EDGES, view } from './support.ts';

const HOUR_MS = 3_600_000;
const at = '2026-01-02T03:04:05.000Z';
const yes = { granted: true, at };
const no = { granted: false, at };
const seoul = (wall: string): number => Date.parse(`2026-11-21T${wall}+09:00`);
const MARKETING = { kind: 'marketing', message: { title: '(광고) 봄', body: '세일' } };

/** By day, by night without consent to it, and by night with it. */
const PEOPLE: readonly Member[] = [
  member(1, { consent: { marketing: yes } }),
  member(2, { consent: { marketing: yes, night: no } }),
  member(3, { consent: { marketing: yes, night: yes } }),
];

async function start(startMs: number, people = PEOPLE, fields: Record<string, unknown> = {}): Promise<MemoryCloud> {
  const cloud = new MemoryCloud({}, startMs);
  // Without the way that a message takes, the moment of the attempt is the moment of the start.
  cloud.deliver = () => [{ afterMs: 0 }];
  await load(cloud, people);
  await create(cloud, people.length, { ...MARKETING, ...fields });
  return cloud;
}

const postedAt = (cloud: MemoryCloud): [string, number][] =>
  cloud.fcm.posts.map(({ address, atMs }) => [address, atMs]);
const postedBy = (cloud: MemoryCloud): string[] => cloud.fcm.posts.map(({ address }) => address).toSorted();
const refuseUntil =
  (untilMs: number): Behaviour =>
  (_address, _seen, nowMs) => ({
    result: nowMs < untilMs ? { kind: 'refused', code: 'UNAVAILABLE' } : { kind: 'accepted' },
  });

describe('the night', () => {
  for (const [wall, byDay] of NIGHT_EDGES) {
    it(`at ${wall} ${byDay ? 'lets all through' : 'holds who has not agreed to it until 08:00'}`, async () => {
      const cloud = await start(seoul(wall));
      await cloud.settle();
      const { state, reasons } = await view(cloud);
      assert.equal(state, 'completed');
      assert.deepEqual(reasons, { 'accepted.fcm': 3 });
      const eightMs = seoul('08:00:00') + (seoul(wall) > seoul('12:00:00') ? 24 * HOUR_MS : 0);
      for (const [address, atMs] of postedAt(cloud)) {
        if (byDay || address === 'token-3') assert.equal(atMs, seoul(wall), address);
        else assert.ok(atMs >= eightMs && atMs < eightMs + 10_000, `${address} at ${new Date(atMs).toISOString()}`);
      }
    });
  }

  it('suppresses where the campaign asks for that', async () => {
    const cloud = await start(seoul('23:00:00'), PEOPLE, { policy: { night: 'suppress' } });
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 1, 'suppressed.night': 2 });
    assert.deepEqual(postedBy(cloud), ['token-3']);
  });

  it('is that of the recipient', async () => {
    const abroad = (memberNo: number, timeZone: string): Member =>
      member(memberNo, { timeZone, consent: { marketing: yes } });
    const people = [abroad(1, 'Europe/Berlin'), abroad(2, 'Asia/Seoul'), abroad(3, 'America/Los_Angeles')];
    const cloud = await start(seoul('12:00:00'), people);
    await cloud.settle();
    assert.deepEqual(
      postedAt(cloud).map(([address, atMs]) => [address, Math.floor(atMs / HOUR_MS) - seoul('12:00:00') / HOUR_MS]),
      // 12:00 in Seoul is 04:00 in Berlin and 19:00 of the day before in Los Angeles.
      [
        ['token-2', 0],
        ['token-3', 0],
        ['token-1', 4],
      ],
    );
  });

  it('does not concern what is no advertisement', async () => {
    const cloud = await start(seoul('03:00:00'), PEOPLE, { kind: 'transactional' });
    await cloud.settle();
    assert.equal(cloud.fcm.posts.length, 3);
    assert.ok(postedAt(cloud).every(([, atMs]) => atMs === seoul('03:00:00')));
  });

  it('holds a retry that falls into it, with its limits kept for the morning', async () => {
    const cloud = await start(seoul('20:59:55'), PEOPLE, { policy: { maxAttempts: 2 } });
    const morningMs = seoul('08:00:00') + 24 * HOUR_MS;
    // The first attempt of the morning fails as well: it is the first of two that count.
    const served = (address: string, nowMs: number): boolean => nowMs > morningMs + 9_000 || address === 'token-3';
    cloud.fcm.behaviour = (address, seen, nowMs) => ({
      result: seen > 0 && served(address, nowMs) ? { kind: 'accepted' } : { kind: 'refused', code: 'UNAVAILABLE' },
    });
    await cloud.settle();
    const { state, reasons } = await view(cloud);
    assert.deepEqual([state, reasons], ['completed', { 'accepted.fcm': 3 }]);
    for (const { address, atMs } of cloud.fcm.posts) {
      if (address !== 'token-3') assert.ok(atMs < seoul('21:00:00') || atMs >= morningMs);
    }
  });

  it('holds what a resume finds', async () => {
    const cloud = await start(seoul('20:00:00'));
    cloud.deliver = () => [];
    await cloud.until(() => cloud.documents.all().some(({ path }) => path.includes('/ranges/')));
    await controlCampaign(cloud.world, 'c', 'pause', 'operator');
    await cloud.settle();
    void cloud.clock.sleep(2 * HOUR_MS);
    await cloud.until(() => cloud.clock.now() >= seoul('22:00:00'));
    cloud.deliver = () => [{ afterMs: 10 }];
    await controlCampaign(cloud.world, 'c', 'resume', 'operator');
    await cloud.until(() => cloud.fcm.posts.length === 1);
    assert.deepEqual(postedBy(cloud), ['token-3']);
    assert.equal((await view(cloud)).outcomes.accepted <= 1, true);
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 3 });
    assert.ok(cloud.clock.now() >= seoul('08:00:00') + 24 * HOUR_MS);
  });

  it('sends what it held in batches that FCM takes', async () => {
    const people = Array.from({ length: 1_200 }, (_, index) => member(index + 1, { consent: { marketing: yes } }));
    const cloud = await start(seoul('23:00:00'), people);
    await cloud.settle();
    const { state, reasons } = await view(cloud);
    assert.deepEqual([state, reasons], ['completed', { 'accepted.fcm': 1_200 }]);
  });

  it('stops what was claimed by day and still waits for a connection when it falls', async () => {
    const cloud = await start(seoul('20:59:58'));
    cloud.fcm.behaviour = (address) => ({ result: { kind: 'accepted' }, queuedMs: address === 'token-1' ? 0 : 5_000 });
    await cloud.until(() => cloud.clock.now() >= seoul('21:30:00'));
    assert.deepEqual(postedBy(cloud), ['token-1', 'token-3']);
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 2, 'held.night': 1 });
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 3 });
  });

  it('is met by a process that claimed by day and wakes in it, at the first attempt and at any other', async () => {
    for (const failures of [0, 1]) {
      const cloud = await start(seoul('20:30:00'));
      cloud.fcm.behaviour = (_address, seen) => ({
        result: seen < failures ? { kind: 'refused', code: 'UNAVAILABLE' } : { kind: 'accepted' },
      });
      let batches = 0;
      cloud.fcm.beforeBatch = async () => {
        batches += 1;
        if (batches === 1 + failures) await cloud.clock.sleep(HOUR_MS);
      };
      await cloud.settle();
      const atNight = postedAt(cloud).filter(
        ([address, atMs]) => address !== 'token-3' && atMs >= seoul('21:00:00') && atMs < seoul('23:00:00'),
      );
      assert.deepEqual(atNight, [], `after ${failures} attempts`);
      const { state, reasons } = await view(cloud);
      assert.deepEqual([state, reasons], ['completed', { 'accepted.fcm': 3 }], `after ${failures} attempts`);
    }
  });

  it('lets no late answer change what is unknown, though others of its batch are still held', async () => {
    const cloud = await start(seoul('22:00:00'), PEOPLE, { policy: { onAmbiguous: 'record' } });
    let stoodStill = false;
    cloud.onInvocation = (life) => {
      life.killAt = (call) => {
        if (call !== 'sender.send' || stoodStill) return null;
        stoodStill = true;
        life.pause();
        void cloud.clock.sleep(HOUR_MS / 2).then(() => life.resume());
        return null;
      };
    };
    await cloud.until(() => cloud.clock.now() >= seoul('22:20:00'));
    assert.deepEqual((await view(cloud)).reasons, { 'unknown.sender-died': 1, 'held.night': 2 });
    await cloud.until(() => cloud.clock.now() >= seoul('22:50:00'));
    assert.equal(cloud.fcm.postsTo('token-3').length, 1);
    assert.deepEqual((await view(cloud)).reasons, { 'unknown.sender-died': 1, 'held.night': 2 });
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'unknown.sender-died': 1, 'accepted.fcm': 2 });
  });

  it('lets what was held out at the rate of the project, and not in one second', async () => {
    const people = Array.from({ length: 1_500 }, (_, index) => member(index + 1, { consent: { marketing: yes } }));
    const cloud = new MemoryCloud({ fcmPerMinute: 6_000 }, seoul('23:00:00'));
    await load(cloud, people);
    await create(cloud, people.length, MARKETING);
    await cloud.settle();
    const times = cloud.fcm.posts.map(({ atMs }) => atMs - seoul('08:00:00') - 24 * HOUR_MS).toSorted((a, b) => a - b);
    assert.equal(times.length, people.length);
    assert.ok((times[0] ?? 0) >= 0 && (times[0] ?? Infinity) < 2_000);
    assert.ok((times.at(-1) ?? 0) >= 9_000, 'three batches of 500 at 100 a second');
    assert.ok((times.at(-1) ?? Infinity) < 20_000);
  });

  it('costs a conductor that only waits for the morning next to nothing', async () => {
    const cloud = await start(seoul('21:00:00'));
    await cloud.settle();
    const { operations } = await view(cloud);
    assert.ok(operations.firestoreReads < 1_000, `${operations.firestoreReads} reads in 11 hours`);
  });

  it('leaves what is held to a cancel', async () => {
    const cloud = await start(seoul('22:00:00'));
    await cloud.until(() => cloud.fcm.posts.length === 1);
    void cloud.clock.sleep(60_000);
    await cloud.until(() => cloud.clock.now() >= seoul('22:01:00'));
    await controlCampaign(cloud.world, 'c', 'cancel', 'operator');
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 1, 'cancelled.operator': 2 });
    assert.ok(cloud.clock.now() < seoul('23:00:00') + 24 * HOUR_MS);
  });
});

describe('a consent that is withdrawn', () => {
  const refused = member(1, { consent: { marketing: no } });

  it('between creation and start keeps the member from being written to', async () => {
    const cloud = await start(seoul('12:00:00'), PEOPLE);
    await load(cloud, [refused]);
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 2, 'suppressed.refused': 1 });
    assert.deepEqual(postedBy(cloud), ['token-2', 'token-3']);
  });

  it('between two attempts', async () => {
    const cloud = await start(seoul('12:00:00'));
    cloud.fcm.behaviour = refuseUntil(seoul('12:00:05'));
    await cloud.until(() => cloud.fcm.posts.length === 3);
    await load(cloud, [refused]);
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 2, 'suppressed.refused': 1 });
    assert.equal(cloud.fcm.postsTo('token-1').length, 1);
  });

  it('during the night in which the message was held, or the pause in which it rested', async () => {
    const cloud = await start(seoul('22:00:00'));
    await cloud.until(() => cloud.fcm.posts.length === 1);
    await controlCampaign(cloud.world, 'c', 'pause', 'operator');
    await load(cloud, [refused]);
    await controlCampaign(cloud.world, 'c', 'resume', 'operator');
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 2, 'suppressed.refused': 1 });
    assert.equal(cloud.fcm.postsTo('token-1').length, 0);
  });
});

describe('the evidence', () => {
  it('tells for each message which consents it relied on', async () => {
    const cloud = await start(seoul('22:00:00'));
    await cloud.settle();
    const told = await lines(cloud);
    assert.deepEqual(
      told.map(({ key, consentAt, nightConsentAt, attempts }) => [key, consentAt, nightConsentAt, attempts]),
      [
        ['1', at, null, 1],
        ['2', at, null, 1],
        ['3', at, at, 1],
      ],
    );
  });
});
