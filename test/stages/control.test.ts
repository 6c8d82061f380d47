import assert from 'node:assert/strict';
import { ProblemError } from '../../functions/src/contract/problem.ts';
import type { ControlCall } from '../../functions/src/contract/codes.ts';
import type { CampaignRecord } from '../../functions/src/store/records.ts';
import { controlCampaign } from '../../functions/src/stages/control.ts';
import { createCampaign } from '../../functions/src/stages/ingest.ts';
import { campaignRequestSchema } from '../../functions/src/contract/campaign.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, lines, load, member, members, postCounts, view } from './support.ts';

const EVERYBODY = 4_000;
/** What the design promises: no POST later than this after the call is answered. */
const LAST_POST_MS = 5_000;

const call = (cloud: MemoryCloud, what: ControlCall): Promise<CampaignRecord> =>
  controlCampaign(cloud.world, 'c', what, 'operator');

/** A campaign in full swing: some batches answered, some posted, some queued for a connection, most not claimed yet. */
async function inFullSwing(): Promise<MemoryCloud> {
  const cloud = new MemoryCloud();
  await load(cloud, members(EVERYBODY));
  cloud.fcm.behaviour = (address) => {
    const memberNo = Number(address.slice('token-'.length));
    return { result: { kind: 'accepted' }, queuedMs: (memberNo % 10) * 1_000, afterMs: 400 };
  };
  await create(cloud, EVERYBODY);
  await cloud.until(() => cloud.fcm.posts.length > EVERYBODY / 4);
  return cloud;
}

function lastPostMs(cloud: MemoryCloud): number {
  return Math.max(...cloud.fcm.posts.map(({ atMs }) => atMs));
}

async function assertEachSentOnce(cloud: MemoryCloud): Promise<void> {
  const shown = await view(cloud);
  assert.equal(shown.state, 'completed');
  assert.equal(shown.conserved, true);
  assert.equal(shown.outcomes.accepted, EVERYBODY);
  assert.equal(postCounts(cloud).size, EVERYBODY);
  assert.deepEqual(new Set(postCounts(cloud).values()), new Set([1]));
}

describe('pause', () => {
  it('lets no POST out later than 5 s after its answer, and loses nothing on resume', async () => {
    const cloud = await inFullSwing();
    assert.equal((await call(cloud, 'pause')).state, 'paused');
    const answeredAtMs = cloud.clock.now();
    await cloud.settle();
    const posted = cloud.fcm.posts.length;
    assert.ok(posted < EVERYBODY, 'it was paused in the middle');
    assert.ok(lastPostMs(cloud) <= answeredAtMs + LAST_POST_MS);
    const paused = await view(cloud);
    assert.equal(paused.state, 'paused');
    assert.ok((paused.reasons['retry.withheld'] ?? 0) > 0, 'some were claimed and not posted');
    assert.equal(paused.endedAt, null);

    const resumedAtMs = cloud.clock.now();
    cloud.fcm.behaviour = () => ({ result: { kind: 'accepted' } });
    await call(cloud, 'resume');
    await cloud.until(() => cloud.fcm.posts.length > posted);
    assert.ok(cloud.clock.now() - resumedAtMs < 2_000, 'it goes on at once');
    await cloud.settle();
    await assertEachSentOnce(cloud);
  });

  it('may be undone before anybody has noticed it', async () => {
    const cloud = await inFullSwing();
    await call(cloud, 'pause');
    await call(cloud, 'resume');
    await cloud.settle();
    await assertEachSentOnce(cloud);
  });

  it('may be undone while those who send are just giving up', async () => {
    const cloud = await inFullSwing();
    await call(cloud, 'pause');
    await cloud.pass(1_050);
    await call(cloud, 'resume');
    await cloud.settle();
    await assertEachSentOnce(cloud);
  });

  it('leaves what came due meanwhile to the resume, and starts its limits anew', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(3));
    cloud.fcm.behaviour = (_address, seen) => ({
      result: seen < 2 ? { kind: 'refused', code: 'UNAVAILABLE' } : { kind: 'accepted' },
    });
    await create(cloud, 3, { policy: { maxAttempts: 2 } });
    await cloud.until(() => cloud.fcm.posts.length === 3);
    await call(cloud, 'pause');
    await cloud.settle();
    await cloud.pass(2 * 3_600_000);
    assert.equal(cloud.fcm.posts.length, 3, 'no retry while it rests');
    const resumedAtMs = cloud.clock.now();
    await call(cloud, 'resume');
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 3 });
    assert.ok((cloud.fcm.posts[3]?.atMs ?? Infinity) - resumedAtMs < 2_000);
  });
});

describe('cancel', () => {
  it('lets no POST out later than 5 s after its answer, and gives every message its outcome', async () => {
    const cloud = await inFullSwing();
    const answer = await call(cloud, 'cancel');
    const answeredAtMs = cloud.clock.now();
    assert.deepEqual([answer.state, answer.ending], ['running', 'cancelled']);
    await cloud.settle();
    assert.ok(lastPostMs(cloud) <= answeredAtMs + LAST_POST_MS);
    const shown = await view(cloud);
    assert.deepEqual([shown.state, shown.ending, shown.conserved], ['cancelled', null, true]);
    assert.equal(shown.planned, EVERYBODY);
    assert.equal(shown.outcomes.accepted, cloud.fcm.posts.length);
    assert.equal(shown.outcomes.cancelled, EVERYBODY - cloud.fcm.posts.length);
    assert.equal(shown.reasons['cancelled.operator'], shown.outcomes.cancelled);
    const told = await lines(cloud);
    assert.equal(new Set(told.map(({ key }) => key)).size, EVERYBODY);
    assert.equal(told.length, EVERYBODY);
  });

  it('of a paused campaign counts those who would have been written to, address by address', async () => {
    const cloud = new MemoryCloud();
    const granted = { marketing: { granted: true, at: '2026-01-02T03:04:05Z' } };
    await load(cloud, [member(1, { consent: granted, addresses: [{ token: 'a' }, { token: 'b' }] }), member(2)]);
    cloud.deliver = () => [];
    await create(cloud, 2, { kind: 'marketing' });
    await cloud.until(() => cloud.documents.all().some(({ path }) => path.includes('/ranges/')));
    await call(cloud, 'pause');
    await cloud.settle();
    cloud.deliver = () => [{ afterMs: 10 }];
    await call(cloud, 'cancel');
    await cloud.settle();
    const { state, reasons, conserved } = await view(cloud);
    assert.deepEqual([state, conserved], ['cancelled', true]);
    assert.deepEqual(reasons, { 'cancelled.operator': 2, 'suppressed.no-consent': 1 });
    assert.equal(cloud.fcm.posts.length, 0);
  });

  it('does not call off a message that FCM may have accepted', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(4));
    cloud.fcm.behaviour = (address) =>
      address === 'token-1'
        ? { result: { kind: 'ambiguous', reason: 'timed-out' } }
        : { result: { kind: 'refused', code: 'INTERNAL' } };
    await create(cloud, 4);
    await cloud.until(() => cloud.fcm.posts.length === 4);
    await call(cloud, 'cancel');
    await cloud.settle();
    const { state, reasons } = await view(cloud);
    assert.equal(state, 'cancelled');
    assert.deepEqual(reasons, { 'cancelled.operator': 3, 'unknown.timed-out': 1 });
    assert.equal(cloud.fcm.posts.length, 4);
  });

  it('does not call it off either when a later attempt was refused', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(1));
    cloud.fcm.behaviour = (_address, seen) => ({
      result: seen === 0 ? { kind: 'ambiguous', reason: 'timed-out' } : { kind: 'refused', code: 'UNAVAILABLE' },
    });
    await create(cloud, 1);
    await cloud.until(() => cloud.fcm.posts.length === 2);
    await call(cloud, 'cancel');
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'unknown.timed-out': 1 });
  });

  it('of a campaign that has not begun ends it at once', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(2));
    await create(cloud, 2, { start: false });
    assert.equal((await call(cloud, 'cancel')).state, 'cancelled');
    await cloud.settle();
    const { state, conserved, planned, endedAt } = await view(cloud);
    assert.deepEqual([state, conserved, planned], ['cancelled', true, 0]);
    assert.notEqual(endedAt, null);
    assert.equal(cloud.fcm.posts.length, 0);
  });
});

describe('control', () => {
  it('is written down once for each call that changed something, with who made it', async () => {
    const cloud = await inFullSwing();
    for (const what of ['pause', 'pause', 'resume', 'resume', 'cancel', 'cancel'] as const) await call(cloud, what);
    await cloud.settle();
    const { audit } = await view(cloud);
    assert.deepEqual(
      audit.map(({ who, what }) => [who, what]),
      [
        ['main-server', 'created as transactional'],
        ['operator', 'pause'],
        ['operator', 'resume'],
        ['operator', 'cancel'],
      ],
    );
  });

  it('names the state in which a call makes no sense, and knows no campaign that is not there', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(2));
    await create(cloud, 2);
    await cloud.settle();
    const refused = async (what: ControlCall): Promise<string> => {
      try {
        await call(cloud, what);
      } catch (error) {
        assert.ok(error instanceof ProblemError);
        return `${error.code}: ${error.message}`;
      }
      return 'taken';
    };
    assert.equal(await refused('cancel'), 'conflict: The campaign is completed and cannot be cancelled.');
    assert.equal(await refused('pause'), 'conflict: The campaign is completed and cannot be paused.');
    assert.equal(await refused('resume'), 'conflict: The campaign is completed and cannot be resumed.');
    await assert.rejects(controlCampaign(cloud.world, 'other', 'pause', 'operator'), { code: 'not_found' });
    const draft = campaignRequestSchema.parse({
      id: 'draft',
      kind: 'transactional',
      audience: { members: { from: 1, to: 2 } },
      message: { title: 'T', body: 'B' },
      start: false,
    });
    await createCampaign(cloud.world, draft, 'main-server');
    await assert.rejects(controlCampaign(cloud.world, 'draft', 'pause', 'operator'), /is draft and cannot be paused/);
  });
});
