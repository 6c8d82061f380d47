import assert from 'node:assert/strict';
import type { Member } from '../../functions/src/contract/member.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, createUpload, line, load, member, put, start, view } from './support.ts';

const HOUR_MS = 3_600_000;
const yes = { granted: true, at: '2026-01-02T03:04:05Z' };
const no = { granted: false, at: '2026-01-02T03:04:05Z' };

const ZONES = [
  'Pacific/Kiritimati',
  'Australia/Lord_Howe',
  'Asia/Seoul',
  'Asia/Kathmandu',
  'Europe/Berlin',
  'America/Los_Angeles',
  'Pacific/Pago_Pago',
] as const;

const abroad = (memberNo: number, timeZone: string, consent: Member['consent'] = { marketing: yes }): Member =>
  member(memberNo, { timeZone, consent });

interface Asked {
  readonly from: string;
  readonly at: string;
  readonly localTime: string;
  readonly people: readonly Member[];
  readonly fields?: Record<string, unknown>;
}

async function asked({ from, at, localTime, people, fields = {} }: Asked): Promise<MemoryCloud> {
  const cloud = new MemoryCloud({}, Date.parse(from));
  await load(cloud, people);
  const { schedule, ...rest } = fields;
  await create(cloud, people.length, { schedule: { at, localTime, ...(schedule as object) }, ...rest });
  return cloud;
}

/** The moments at which the addresses were posted to, which must be within 3 s of those expected. */
function assertPosted(cloud: MemoryCloud, expected: Readonly<Record<string, string>>): void {
  const posted = Object.fromEntries(cloud.fcm.posts.map(({ address, atMs }) => [address, atMs]));
  assert.deepEqual(Object.keys(posted).toSorted(), Object.keys(expected).toSorted());
  for (const [address, at] of Object.entries(expected)) {
    const lateMs = (posted[address] ?? 0) - Date.parse(at);
    assert.ok(lateMs >= 0 && lateMs <= 3_000, `${address}: ${lateMs} ms after ${at}`);
  }
}

describe('a local time', () => {
  it('is kept in each zone, of one day, within one campaign', async () => {
    const people = [...ZONES.map((zone, index) => abroad(index + 1, zone)), member(8)];
    const cloud = await asked({
      from: '2026-11-21T12:00:00+09:00',
      // Whatever the time of day: it is the 1st of December in Seoul.
      at: '2026-11-30T23:59:00Z',
      localTime: '10:05',
      people,
    });
    const first = '2026-12-01T10:05:00+14:00';
    assert.equal((await view(cloud)).startsAt, new Date(first).toISOString());
    await cloud.settle();
    assertPosted(cloud, {
      'token-1': first,
      'token-2': '2026-12-01T10:05:00+11:00',
      'token-3': '2026-12-01T10:05:00+09:00',
      'token-4': '2026-12-01T10:05:00+05:45',
      'token-5': '2026-12-01T10:05:00+01:00',
      'token-6': '2026-12-01T10:05:00-08:00',
      'token-7': '2026-12-01T10:05:00-11:00',
      // Without a zone of their own: the country's.
      'token-8': '2026-12-01T10:05:00+09:00',
    });
    const { state, conserved, reasons, operations } = await view(cloud);
    assert.deepEqual([state, conserved, reasons], ['completed', true, { 'accepted.fcm': 8 }]);
    assert.ok(operations.firestoreReads < 2_500, `${operations.firestoreReads} reads in 25 hours`);
  });

  it('says of those who wait what they wait for', async () => {
    const cloud = await asked({
      from: '2026-11-30T12:00:00+09:00',
      at: '2026-12-01T00:00:00+09:00',
      localTime: '10:05',
      people: [abroad(1, 'Pacific/Kiritimati'), member(2)],
    });
    await cloud.until(() => cloud.fcm.posts.length === 1);
    void cloud.clock.sleep(60_000);
    await cloud.until(() => cloud.clock.now() >= Date.parse('2026-12-01T10:06:00+14:00'));
    const { state, reasons, pending } = await view(cloud);
    assert.deepEqual([state, reasons, pending], ['running', { 'accepted.fcm': 1, 'held.local-time': 1 }, 1]);
  });

  it('that daylight saving skips is the moment of the change, and of one that comes twice the first counts', async () => {
    for (const [at, localTime, berlin, seoul] of [
      ['2026-03-29T00:00:00+09:00', '02:30', '2026-03-29T01:00:00Z', '2026-03-29T02:30:00+09:00'],
      ['2026-10-25T00:00:00+09:00', '02:30', '2026-10-25T00:30:00Z', '2026-10-25T02:30:00+09:00'],
    ] as const) {
      const from = new Date(Date.parse(at) - 24 * HOUR_MS).toISOString();
      const cloud = await asked({ from, at, localTime, people: [abroad(1, 'Europe/Berlin'), member(2)] });
      await cloud.settle();
      assertPosted(cloud, { 'token-1': berlin, 'token-2': seoul });
    }
  });

  it('that has passed where somebody is writes to them at once', async () => {
    const from = '2026-12-01T10:00:00+09:00';
    const cloud = await asked({
      from,
      at: from,
      localTime: '10:05',
      people: [abroad(1, 'Australia/Lord_Howe'), member(2)],
    });
    await cloud.settle();
    assertPosted(cloud, { 'token-1': from, 'token-2': '2026-12-01T10:05:00+09:00' });
  });

  for (const [policy, expected] of [
    ['hold', { 'accepted.fcm': 2 }],
    ['suppress', { 'accepted.fcm': 1, 'suppressed.night': 1 }],
  ] as const) {
    it(`comes before the night, which then has its say: ${policy}`, async () => {
      const people = [abroad(1, 'Asia/Seoul'), abroad(2, 'Asia/Seoul', { marketing: yes, night: yes })];
      const cloud = await asked({
        from: '2026-11-30T12:00:00+09:00',
        at: '2026-12-01T00:00:00+09:00',
        localTime: '07:30',
        people,
        fields: { kind: 'marketing', policy: { night: policy } },
      });
      await cloud.settle();
      const morning = policy === 'hold' ? { 'token-1': '2026-12-01T08:00:00+09:00' } : {};
      assertPosted(cloud, { ...morning, 'token-2': '2026-12-01T07:30:00+09:00' });
      assert.deepEqual((await view(cloud)).reasons, expected);
    });
  }

  it('is no reason to write to who has refused since', async () => {
    const people = [abroad(1, 'Asia/Seoul'), abroad(2, 'Asia/Seoul')];
    const cloud = await asked({
      from: '2026-11-30T12:00:00+09:00',
      at: '2026-12-01T00:00:00+09:00',
      localTime: '10:05',
      people,
      fields: { kind: 'marketing' },
    });
    void cloud.clock.sleep(20 * HOUR_MS);
    await cloud.until(() => cloud.clock.now() >= Date.parse('2026-12-01T08:00:00+09:00'));
    assert.deepEqual((await view(cloud)).reasons, { 'held.local-time': 2 });
    await load(cloud, [abroad(1, 'Asia/Seoul', { marketing: no })]);
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 1, 'suppressed.refused': 1 });
    assertPosted(cloud, { 'token-2': '2026-12-01T10:05:00+09:00' });
  });

  it('gives each message its whole number of attempts, counted from its own time', async () => {
    const cloud = await asked({
      from: '2026-11-30T12:00:00+09:00',
      at: '2026-12-01T00:00:00+09:00',
      localTime: '10:05',
      people: [abroad(1, 'Asia/Seoul'), abroad(2, 'Europe/Berlin')],
      fields: { policy: { maxAttempts: 2 } },
    });
    cloud.fcm.behaviour = (_address, seen) => ({
      result: seen === 0 ? { kind: 'refused', code: 'UNAVAILABLE' } : { kind: 'accepted' },
    });
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 2 });
    assert.equal(cloud.fcm.posts.length, 4);
  });

  it('that lies beyond the end is not waited for', async () => {
    const cloud = await asked({
      from: '2026-11-30T12:00:00+09:00',
      at: '2026-12-01T00:00:00+09:00',
      localTime: '10:05',
      people: [abroad(1, 'Asia/Seoul'), abroad(2, 'America/Los_Angeles')],
      fields: { schedule: { until: '2026-12-01T20:50:00+09:00' } },
    });
    await cloud.settle();
    const { state, reasons } = await view(cloud);
    assert.deepEqual([state, reasons], ['expired', { 'accepted.fcm': 1, 'expired.until': 1 }]);
    assert.ok(cloud.clock.now() < Date.parse('2026-12-01T10:10:00+09:00'));
    assertPosted(cloud, { 'token-1': '2026-12-01T10:05:00+09:00' });
  });

  it('is that of the member whom an uploaded recipient names', async () => {
    const cloud = new MemoryCloud({ recipientTtlMs: 30 * 24 * HOUR_MS }, Date.parse('2026-11-30T12:00:00+09:00'));
    await load(cloud, [abroad(1, 'Europe/Berlin')]);
    await createUpload(cloud, { schedule: { at: '2026-12-01T00:00:00+09:00', localTime: '10:05' } });
    await put(cloud, 1, [line('a', { memberNo: 1, token: undefined }), line('b')]);
    await start(cloud, 1, 2);
    await cloud.settle();
    assertPosted(cloud, { 'token-1': '2026-12-01T10:05:00+01:00', 'token-b': '2026-12-01T10:05:00+09:00' });
  });
});
