import assert from 'node:assert/strict';
import type { SendResult } from '../../functions/src/contract/push.ts';
import type { ControlCall } from '../../functions/src/contract/codes.ts';
import { controlCampaign } from '../../functions/src/stages/control.ts';
import { sweep } from '../../functions/src/stages/sweep.ts';
import type { CampaignRecord } from '../../functions/src/store/records.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import {
  create,
  createUpload,
  line,
  lines,
  load,
  member,
  members,
  postCounts,
  put,
  refusalOf,
  start,
  view,
} from './support.ts';

const EVERYBODY = 2_600;
const PAYLOAD: SendResult = { kind: 'refused', code: 'INVALID_ARGUMENT_PAYLOAD' };
const TIMED_OUT: SendResult = { kind: 'ambiguous', reason: 'timed-out' };
const HOUR_MS = 3_600_000;
const ACCEPTED: SendResult = { kind: 'accepted' };
const GRANTED = { marketing: { granted: true, at: '2026-01-02T03:04:05Z' } };

const call = (cloud: MemoryCloud, what: ControlCall): Promise<CampaignRecord> =>
  controlCampaign(cloud.world, 'c', what, 'operator');

const numberOf = (address: string): number => Number(address.slice('token-'.length));
const failsAt = (memberNo: number): boolean => memberNo % 100 === 7;
const hangsAt = (memberNo: number): boolean => memberNo % 1_000 === 3;
const isToRedrive = (address: string): boolean => failsAt(numberOf(address)) || hangsAt(numberOf(address));
const FAILED = EVERYBODY / 100;
const UNKNOWN = 3;

/** Answers a hundredth of all with a refusal of the payload, and three with nothing. */
function failSome(cloud: MemoryCloud): void {
  cloud.fcm.behaviour = (address) => {
    const no = numberOf(address);
    return { result: failsAt(no) ? PAYLOAD : hangsAt(no) ? TIMED_OUT : ACCEPTED };
  };
}

/** A campaign that has ended with failed and unknown messages. */
async function completed(settings: ConstructorParameters<typeof MemoryCloud>[0] = {}): Promise<MemoryCloud> {
  const cloud = new MemoryCloud(settings);
  await load(cloud, members(EVERYBODY));
  failSome(cloud);
  await create(cloud, EVERYBODY, { policy: { onAmbiguous: 'record' } });
  await cloud.settle();
  const { state, outcomes } = await view(cloud);
  assert.equal(state, 'completed');
  assert.deepEqual([outcomes.failed, outcomes.unknown], [FAILED, UNKNOWN]);
  return cloud;
}

async function assertAllAccepted(cloud: MemoryCloud): Promise<void> {
  const shown = await view(cloud);
  assert.deepEqual(shown.reasons, { 'accepted.fcm': EVERYBODY });
  assert.deepEqual([shown.state, shown.planned, shown.conserved], ['completed', EVERYBODY, true]);
  assert.equal(shown.resent, UNKNOWN);
  for (const [address, count] of postCounts(cloud)) assert.equal(count, isToRedrive(address) ? 2 : 1, address);
  assert.equal(postCounts(cloud).size, EVERYBODY);
}

const recipientPages = (cloud: MemoryCloud): number =>
  cloud.documents.all().filter(({ path }) => path.includes('/recipients/')).length;

/** A campaign to twenty uploaded recipients that has ended, one of them with a failure. */
async function uploaded(keepForRedriveHours: number): Promise<MemoryCloud> {
  const cloud = new MemoryCloud();
  failSome(cloud);
  await createUpload(cloud, { policy: { keepForRedriveHours } });
  await put(
    cloud,
    1,
    Array.from({ length: 20 }, (_, index) => line(String(index + 4))),
  );
  await start(cloud, 1, 20);
  await cloud.settle();
  assert.equal((await view(cloud)).outcomes.failed, 1);
  return cloud;
}

describe('redrive', () => {
  it('sends again exactly what failed or is unknown, and says what FCM may get twice', async () => {
    const cloud = await completed();
    cloud.fcm.behaviour = () => ({ result: ACCEPTED });
    const answer = await call(cloud, 'redrive');
    assert.deepEqual([answer.state, answer.endedAtMs], ['running', null]);
    assert.equal((await view(cloud)).planned, EVERYBODY);
    await cloud.settle();
    await assertAllAccepted(cloud);
    assert.deepEqual((await view(cloud)).audit.at(-1)?.what, 'redrive');
  });

  it('goes on where its turns die, and takes up each message once', async () => {
    for (const [nth, when] of [
      [1, 'before'],
      [1, 'after'],
      [2, 'before'],
      [2, 'after'],
    ] as const) {
      const cloud = await completed({ pushesPerBatch: 10, recipientsPerRange: 1_500 });
      cloud.fcm.behaviour = () => ({ result: ACCEPTED });
      let invocations = 0;
      cloud.onInvocation = (life) => {
        invocations += 1;
        if (invocations <= 2) life.killAt = (name, at) => (name === 'documents.commit' && at === nth ? when : null);
      };
      await call(cloud, 'redrive');
      await cloud.settle();
      await assertAllAccepted(cloud);
    }
  });

  it('fits into its commits where every one of many ranges has failed', async () => {
    const ranges = 400;
    const cloud = new MemoryCloud({ recipientsPerRange: 500 });
    await load(
      cloud,
      Array.from({ length: ranges }, (_, index) => member(index * 500 + 1)),
    );
    // Of the payload or the credentials it would be halted.
    cloud.fcm.behaviour = () => ({ result: { kind: 'refused', code: 'UNEXPECTED' } });
    await create(cloud, ranges * 500, { policy: { maxAttempts: 1 } });
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'failed.unexpected': ranges });
    cloud.fcm.behaviour = () => ({ result: ACCEPTED });
    await call(cloud, 'redrive');
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': ranges });
    assert.deepEqual(new Set(postCounts(cloud).values()), new Set([2]));
  });

  it('gives messages all their attempts anew, and looks for consent, address and text anew', async () => {
    const cloud = new MemoryCloud();
    await load(
      cloud,
      Array.from({ length: 10 }, (_, index) => member(index + 1, { consent: GRANTED })),
    );
    const down = ['token-1', 'token-2', 'token-3'];
    cloud.fcm.behaviour = (address) => ({
      result: down.includes(address) ? { kind: 'refused', code: 'UNAVAILABLE' } : ACCEPTED,
    });
    await create(cloud, 10, { kind: 'marketing', policy: { maxAttempts: 2 } });
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 7, 'failed.unavailable': 3 });
    await load(cloud, [
      member(1, { consent: { marketing: { granted: false, at: '2026-11-21T03:00:01Z' } } }),
      member(2, { consent: GRANTED, addresses: [{ token: 'moved' }] }),
    ]);
    cloud.fcm.behaviour = (address, seen) => ({
      result: address === 'token-3' && seen < 3 ? { kind: 'refused', code: 'UNAVAILABLE' } : ACCEPTED,
    });
    await call(cloud, 'redrive');
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': 9, 'suppressed.refused': 1 });
    assert.equal(cloud.fcm.postsTo('token-1').length, 2);
    assert.equal(cloud.fcm.postsTo('token-2').length, 2);
    assert.equal(cloud.fcm.postsTo('moved').length, 1);
    assert.equal(cloud.fcm.postsTo('token-3').length, 4);
  });

  it('may be made again and again: what still fails fails again, with its reason', async () => {
    const cloud = await completed();
    for (let round = 1; round <= 2; round += 1) {
      await call(cloud, 'redrive');
      await cloud.settle();
      const { state, outcomes, conserved, resent } = await view(cloud);
      assert.deepEqual([state, conserved], ['completed', true]);
      assert.deepEqual([outcomes.failed, outcomes.unknown, resent], [FAILED, UNKNOWN, UNKNOWN * round]);
    }
    cloud.fcm.behaviour = () => ({ result: ACCEPTED });
    await call(cloud, 'redrive');
    await cloud.settle();
    assert.deepEqual((await view(cloud)).reasons, { 'accepted.fcm': EVERYBODY });
  });

  it('changes nothing when it comes again while it runs, or where nothing failed', async () => {
    const cloud = await completed();
    cloud.fcm.behaviour = () => ({ result: ACCEPTED });
    await call(cloud, 'redrive');
    await call(cloud, 'redrive');
    await cloud.settle();
    await assertAllAccepted(cloud);
    const before = await view(cloud);
    assert.equal((await call(cloud, 'redrive')).state, 'completed');
    await cloud.settle();
    assert.deepEqual(await view(cloud), before);
    assert.equal(before.audit.filter(({ what }) => what === 'redrive').length, 1);
  });

  it('can be paused, and resumed', async () => {
    const cloud = await completed();
    cloud.fcm.behaviour = () => ({ result: ACCEPTED });
    await call(cloud, 'redrive');
    await call(cloud, 'pause');
    const posted = cloud.fcm.posts.length;
    await cloud.pass(60_000);
    assert.equal(cloud.fcm.posts.length, posted);
    assert.match((await refusalOf(call(cloud, 'redrive'))).message, /is paused and cannot be redriven/);
    await call(cloud, 'resume');
    await cloud.settle();
    await assertAllAccepted(cloud);
  });

  it('leaves outcomes behind when it is cancelled, whenever that is', async () => {
    for (const turns of [0, 1, 2, 3]) {
      const cloud = await completed({ pushesPerBatch: 10 });
      cloud.fcm.behaviour = () => ({ result: ACCEPTED, afterMs: 200 });
      let taken = 0;
      cloud.onInvocation = () => void (taken += 1);
      await call(cloud, 'redrive');
      await cloud.until(() => taken >= turns);
      await call(cloud, 'cancel');
      await cloud.settle();
      const { state, planned, outcomes, conserved, resent } = await view(cloud);
      assert.deepEqual([state, planned, conserved], ['cancelled', EVERYBODY, true]);
      assert.equal(outcomes.accepted + outcomes.cancelled + outcomes.failed + outcomes.unknown, EVERYBODY);
      assert.equal(cloud.fcm.posts.length - EVERYBODY, outcomes.accepted - (EVERYBODY - FAILED - UNKNOWN));
      assert.equal(outcomes.unknown, UNKNOWN - resent, 'what FCM may have accepted is not called off');
      assert.equal((await lines(cloud)).length, EVERYBODY);
      assert.match((await refusalOf(call(cloud, 'redrive'))).message, /is cancelled and cannot be redriven/);
    }
  });

  it('is refused while the campaign runs, and names the state', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(2));
    await create(cloud, 2);
    await cloud.until(() => cloud.fcm.posts.length > 0);
    const refusal = await refusalOf(call(cloud, 'redrive'));
    assert.deepEqual([refusal.code, refusal.message], ['conflict', 'The campaign is running and cannot be redriven.']);
  });

  it('is refused where the texts of an upload are deleted, and says what to do', async () => {
    const cloud = await uploaded(0);
    assert.equal((await view(cloud)).recipientsKeptUntil, null);
    assert.equal(recipientPages(cloud), 0);
    const refusal = await refusalOf(call(cloud, 'redrive'));
    assert.equal(refusal.code, 'conflict');
    assert.match(
      refusal.message,
      /recipients are deleted.*outcomes\?outcome=failed.*new campaign.*keepForRedriveHours/,
    );
  });

  it('of an upload that was kept for it sends the same texts again, and keeps them until all is sent', async () => {
    const cloud = await uploaded(2);
    const { recipientsKeptUntil } = await view(cloud);
    assert.equal(Date.parse(recipientsKeptUntil ?? '') - cloud.clock.now() <= 2 * HOUR_MS, true);
    const posted = cloud.fcm.posts.length;
    await call(cloud, 'redrive');
    await cloud.settle();
    assert.equal((await view(cloud)).recipientsKeptUntil, recipientsKeptUntil, 'failing again makes it no later');
    cloud.fcm.behaviour = () => ({ result: ACCEPTED });
    await call(cloud, 'redrive');
    await cloud.settle();
    const shown = await view(cloud);
    assert.deepEqual(shown.reasons, { 'accepted.fcm': 20 });
    assert.deepEqual(
      cloud.fcm.posts.slice(posted).map(({ address, push }) => [address, push.title]),
      Array.from({ length: 2 }, () => ['token-7', 'Title 7']),
    );
    assert.equal(shown.recipientsKeptUntil, null);
    assert.equal(recipientPages(cloud), 0);
  });

  it('finds an upload deleted when its hours are over, and never while it is being sent', async () => {
    const cloud = await uploaded(2);
    await cloud.pass(HOUR_MS);
    await sweep(cloud.world);
    assert.ok(recipientPages(cloud) > 0);
    await call(cloud, 'redrive');
    await call(cloud, 'pause');
    await cloud.pass(2 * HOUR_MS);
    await sweep(cloud.world);
    assert.ok(recipientPages(cloud) > 0, 'a redrive is under way');
    await call(cloud, 'resume');
    await cloud.settle();
    assert.equal((await view(cloud)).outcomes.failed, 1);
    assert.equal(recipientPages(cloud), 0, 'its hours were over at its end');

    const other = await uploaded(2);
    await other.pass(2 * HOUR_MS + 61_000);
    assert.match((await refusalOf(call(other, 'redrive'))).message, /recipients are deleted/);
    await sweep(other.world);
    assert.equal(recipientPages(other), 0);
    assert.equal((await view(other)).recipientsKeptUntil, null);
  });

  it('is refused where the ledger is not whole any more, or will not be', async () => {
    const old = await completed({ ledgerTtlMs: 2 * 86_400_000 });
    await old.pass(86_400_000);
    assert.match((await refusalOf(call(old, 'redrive'))).message, /kept for no day more/);
    const holed = await completed();
    const batch = holed.documents.all().find(({ path }) => path.includes('/batches/'));
    await holed.documents.commit([{ delete: batch?.path ?? '' }]);
    assert.equal((await refusalOf(call(holed, 'redrive'))).code, 'conflict');
  });
});
