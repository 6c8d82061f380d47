import assert from 'node:assert/strict';
import type { RefusalCode, SendResult } from '../../functions/src/contract/push.ts';
import { controlCampaign } from '../../functions/src/stages/control.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { auditRetries } from '../pacing/audit.ts';
import { create, load, member, members, postCounts, view } from './support.ts';

const ACCEPTED: SendResult = { kind: 'accepted' };
const refused = (code: RefusalCode): SendResult => ({ kind: 'refused', code });
const EVERYBODY = 6_000;
const MINUTE_MS = 60_000;

async function campaign(fields: Record<string, unknown> = {}, count = EVERYBODY): Promise<MemoryCloud> {
  const cloud = new MemoryCloud();
  await load(cloud, members(count));
  await create(cloud, count, fields);
  return cloud;
}

async function assertAllAccepted(cloud: MemoryCloud, count = EVERYBODY): Promise<void> {
  const { state, conserved, reasons, haltedBecause } = await view(cloud);
  assert.deepEqual([state, conserved, haltedBecause], ['completed', true, null]);
  assert.deepEqual(reasons, { 'accepted.fcm': count });
}

describe('the canary of a large campaign', () => {
  it('is all that goes out before its answers are in, and costs a second or two', async () => {
    const cloud = await campaign();
    const fromMs = cloud.clock.now();
    cloud.fcm.behaviour = () => ({ result: ACCEPTED, afterMs: 700 });
    await cloud.until(() => cloud.clock.now() >= fromMs + 600);
    assert.ok(cloud.fcm.posts.length > 0 && cloud.fcm.posts.length <= 1_000, `${cloud.fcm.posts.length} posts`);
    await cloud.settle();
    assert.ok((cloud.fcm.posts.at(-1)?.atMs ?? Infinity) - fromMs < 6_000);
    await assertAllAccepted(cloud);
  });

  for (const [code, words] of [
    ['INVALID_ARGUMENT_PAYLOAD', /create another/],
    ['THIRD_PARTY_AUTH_ERROR', /APNs/],
    ['SENDER_ID_MISMATCH', /another Firebase project/],
  ] as const) {
    it(`keeps all others from ${code}`, async () => {
      const cloud = await campaign();
      cloud.fcm.behaviour = () => ({ result: refused(code) });
      await cloud.settle();
      const { state, haltedBecause, problems, audit, conserved } = await view(cloud);
      assert.equal(state, 'halted');
      assert.match(haltedBecause ?? '', words);
      assert.match(problems[0] ?? '', words);
      assert.equal(audit.at(-1)?.who, 'bongsu');
      assert.equal(conserved, true, 'what was refused has its outcome');
      assert.ok(cloud.fcm.posts.length <= 1_000, `${cloud.fcm.posts.length} posts`);
    });
  }
});

describe('credentials that FCM refuses', () => {
  for (const [count, maxAttempts] of [
    [EVERYBODY, 6],
    [EVERYBODY, 1],
    [5, 1],
  ] as const) {
    it(`halt a campaign to ${count} with ${maxAttempts} attempts, burn nobody, and a resume sends to all`, async () => {
      const cloud = await campaign({ policy: { maxAttempts } }, count);
      cloud.fcm.behaviour = () => ({ result: refused('CREDENTIALS') });
      await cloud.settle();
      const halted = await view(cloud);
      assert.equal(halted.state, 'halted');
      assert.match(halted.haltedBecause ?? '', /Cloud Messaging API Admin/);
      assert.equal(halted.outcomes.failed, 0);
      assert.ok(cloud.fcm.posts.length <= 2_000);
      cloud.fcm.behaviour = () => ({ result: ACCEPTED });
      await controlCampaign(cloud.world, 'c', 'resume', 'operator');
      await cloud.settle();
      await assertAllAccepted(cloud, count);
    });
  }

  it('halt it again where they are still refused', async () => {
    const cloud = await campaign();
    cloud.fcm.behaviour = () => ({ result: refused('CREDENTIALS') });
    await cloud.settle();
    const posts = cloud.fcm.posts.length;
    await controlCampaign(cloud.world, 'c', 'resume', 'operator');
    await cloud.settle();
    assert.equal((await view(cloud)).state, 'halted');
    assert.ok(cloud.fcm.posts.length - posts <= 2_000, 'with no more than another canary');
  });

  it('halt a campaign within seconds where they are taken away in its midst', async () => {
    const cloud = await campaign({ pace: { perSecond: 200 } });
    await cloud.until(() => cloud.fcm.posts.length > 3_000);
    const fromMs = cloud.clock.now();
    cloud.fcm.behaviour = () => ({ result: refused('CREDENTIALS') });
    await cloud.settle();
    assert.equal((await view(cloud)).state, 'halted');
    assert.ok((cloud.fcm.posts.at(-1)?.atMs ?? Infinity) - fromMs < 12_000);
    cloud.fcm.behaviour = () => ({ result: ACCEPTED });
    await controlCampaign(cloud.world, 'c', 'resume', 'operator');
    await cloud.settle();
    await assertAllAccepted(cloud);
  });
});

describe('30 minutes in which FCM answers 503 to everything', () => {
  for (const [when, posted] of [
    ['from the start', 0],
    ['in the midst', 2_500],
  ] as const) {
    it(`${when} lose nobody, and burden nobody`, async () => {
      const cloud = await campaign({ pace: { perSecond: 500 } });
      await cloud.until(() => cloud.fcm.posts.length >= posted);
      const fromMs = cloud.clock.now();
      const untilMs = fromMs + 30 * MINUTE_MS;
      cloud.fcm.behaviour = (_address, _seen, nowMs) => ({
        result: nowMs < untilMs ? refused('UNAVAILABLE') : ACCEPTED,
      });
      await cloud.until(() => cloud.clock.now() >= fromMs + 15 * MINUTE_MS);
      const { state, problems } = await view(cloud);
      assert.equal(state, 'running');
      assert.match(problems[0] ?? '', /asks with one batch at a time/);
      await cloud.settle();
      await assertAllAccepted(cloud);
      assert.deepEqual(
        auditRetries(
          cloud.fcm.posts.map(({ atMs, address, push, result }) => ({
            atMs,
            address,
            tag: push.tag,
            campaign: 'c',
            accepted: result.kind === 'accepted',
          })),
        ),
        [],
      );
      const during = cloud.fcm.posts.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs).length;
      assert.ok(during < 3 * EVERYBODY, `${during} POSTs while it was down`);
      assert.ok(Math.max(...postCounts(cloud).values()) <= 5);
      assert.ok((cloud.fcm.posts.at(-1)?.atMs ?? Infinity) - untilMs < 5 * MINUTE_MS, 'it goes on soon afterwards');
    });
  }

  for (const [few, fields] of [
    [1, {}],
    [5, {}],
    [19, {}],
    [19, { pace: { perSecond: 1 } }],
  ] as const) {
    it(`lose nobody of ${few}${'pace' in fields ? ', sent one a second' : ''}, either`, async () => {
      const cloud = await campaign(fields, few);
      const untilMs = cloud.clock.now() + 30 * MINUTE_MS;
      cloud.fcm.behaviour = (_address, _seen, nowMs) => ({
        result: nowMs < untilMs ? refused('UNAVAILABLE') : ACCEPTED,
      });
      await cloud.settle();
      await assertAllAccepted(cloud, few);
    });
  }

  it('lose nobody of five among many who may not be written to, either', async () => {
    const consent = { marketing: { granted: true, at: '2026-01-01T00:00:00Z' } };
    const cloud = new MemoryCloud();
    await load(cloud, members(200));
    await load(
      cloud,
      [3, 50, 77, 120, 180].map((memberNo) => member(memberNo, { consent })),
    );
    await create(cloud, 200, { kind: 'marketing', policy: { maxAttempts: 3 } });
    const untilMs = cloud.clock.now() + 30 * MINUTE_MS;
    cloud.fcm.behaviour = (_address, _seen, nowMs) => ({
      result: nowMs < untilMs ? refused('UNAVAILABLE') : ACCEPTED,
    });
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 5, 'suppressed.no-consent': 195 });
  });

  it('are not found where thirty devices of thousands never answer', async () => {
    const cloud = await campaign();
    cloud.fcm.behaviour = (address) => ({
      result: Number(address.slice('token-'.length)) <= 30 ? refused('UNAVAILABLE') : ACCEPTED,
    });
    await cloud.settle();
    const { state, reasons } = await view(cloud);
    assert.deepEqual([state, reasons], ['completed', { 'accepted.fcm': 5_970, 'failed.unavailable': 30 }]);
  });

  it('are not found where one device of few never answers', async () => {
    const cloud = await campaign({}, 3);
    cloud.fcm.behaviour = (address) => ({ result: address === 'token-2' ? refused('UNAVAILABLE') : ACCEPTED });
    await cloud.settle();
    const { state, reasons } = await view(cloud);
    assert.deepEqual([state, reasons], ['completed', { 'accepted.fcm': 2, 'failed.unavailable': 1 }]);
  });

  it('beyond an hour halt the campaign, which a resume finishes', async () => {
    const few = 1_500;
    const cloud = await campaign({}, few);
    cloud.fcm.behaviour = () => ({ result: refused('INTERNAL') });
    await cloud.settle();
    const { state, haltedBecause, outcomes } = await view(cloud);
    assert.equal(state, 'halted');
    assert.match(haltedBecause ?? '', /accepted nothing for an hour/);
    assert.equal(outcomes.failed, 0);
    cloud.fcm.behaviour = () => ({ result: ACCEPTED });
    await controlCampaign(cloud.world, 'c', 'resume', 'operator');
    await cloud.settle();
    await assertAllAccepted(cloud, few);
  }).timeout(60_000);
});

describe('a quota that FCM says is exceeded', () => {
  it('lowers the rate of the project until it is not', async () => {
    const cloud = new MemoryCloud({ fcmPerMinute: 30_000 });
    await load(cloud, members(EVERYBODY));
    await create(cloud, EVERYBODY);
    await cloud.until(() => cloud.fcm.posts.length > 2_000);
    cloud.fcm.behaviour = (_address, seen) => ({
      result: seen === 0 && cloud.fcm.posts.length < 4_000 ? refused('QUOTA_EXCEEDED') : ACCEPTED,
    });
    await cloud.until(() => cloud.fcm.posts.length > 4_000);
    await cloud.until(() => cloud.fcm.posts.length > 4_800);
    const { pace } = await view(cloud);
    assert.ok(pace.grantedPerSecond <= 300, `${pace.grantedPerSecond} a second`);
    await cloud.settle();
    await assertAllAccepted(cloud);
  });
});
