import assert from 'node:assert/strict';
import type { Behaviour } from '../memory/fcm.ts';
import type { MemberView } from '../../functions/src/contract/member.ts';
import type { CareTask } from '../../functions/src/contract/signals.ts';
import type { World } from '../../functions/src/ports.ts';
import { care } from '../../functions/src/stages/care.ts';
import { patchMember, showMember } from '../../functions/src/stages/members.ts';
import { recheck } from '../../functions/src/stages/recheck.ts';
import { sweep } from '../../functions/src/stages/sweep.ts';
import { Life } from '../memory/life.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, createUpload, line, load, member, members, put, start, view } from './support.ts';

const DAY_MS = 86_400_000;
const ACCEPTED = { result: { kind: 'accepted' } } as const;
const UNREGISTERED = { result: { kind: 'refused', code: 'UNREGISTERED' } } as const;

/** FCM that calls some addresses dead. */
const calling =
  (isDead: (address: string, nowMs: number) => boolean): Behaviour =>
  (address, _, nowMs) =>
    isDead(address, nowMs) ? UNREGISTERED : ACCEPTED;

const among = (...addresses: string[]): Behaviour => calling((address) => addresses.includes(address));
/** Keeps the tasks from coming, for a test to take them. */
function keepCare({ world }: MemoryCloud): CareTask[] {
  const turns: CareTask[] = [];
  const enqueue = world.tasks.enqueue.bind(world.tasks);
  world.tasks.enqueue = async (task, payload, options) => {
    if (task === 'care') turns.push(payload as CareTask);
    else await enqueue(task, payload, options);
  };
  return turns;
}

const numberOf = (address: string): number => Number(address.slice('token-'.length));

describe('addresses that FCM calls dead', () => {
  let cloud: MemoryCloud;
  beforeEach(() => {
    cloud = new MemoryCloud();
  });

  /** Sends a campaign of its own to members 1 to `to`. @returns the addresses that it was posted to */
  const campaign = async (id: string, to: number): Promise<string[]> => {
    const before = cloud.fcm.posts.length;
    await create(cloud, to, { id });
    await cloud.settle();
    return cloud.fcm.posts.slice(before).map(({ address }) => address);
  };
  const shown = async (to: number): Promise<MemberView[]> => {
    const all = await Promise.all(Array.from({ length: to }, (_, index) => showMember(cloud.world, index + 1)));
    return all.filter((one) => one !== null);
  };
  const heldBack = async (to: number): Promise<number[]> => {
    const held = (await shown(to)).filter(({ addresses }) => addresses.some(({ quarantine }) => quarantine));
    return held.map(({ memberNo }) => memberNo);
  };
  const addressesLeft = async (to: number): Promise<number> =>
    (await shown(to)).reduce((sum, { addresses }) => sum + addresses.length, 0);
  /** Lets days pass with the look that is taken every minute; here every half hour is enough. */
  const pass = async (days: number): Promise<void> => {
    for (const endMs = cloud.clock.now() + days * DAY_MS; cloud.clock.now() < endMs;) {
      const halfHour = cloud.clock.sleep(1_800_000);
      let woken = false;
      void halfHour.then(() => (woken = true));
      await cloud.until(() => woken);
      await recheck(cloud.world);
    }
  };

  it('are not used by the next campaign, whatever FCM’s word for it was', async () => {
    await load(cloud, members(150));
    const codes = {
      'token-3': 'UNREGISTERED',
      'token-4': 'INVALID_ARGUMENT_ADDRESS',
      'token-5': 'SENDER_ID_MISMATCH',
      'token-6': 'INVALID_ARGUMENT_PAYLOAD',
    } as const;
    cloud.fcm.behaviour = (address) =>
      address in codes ? { result: { kind: 'refused', code: codes[address as keyof typeof codes] } } : ACCEPTED;
    assert.equal((await campaign('a', 150)).length, 150);
    assert.deepEqual(await heldBack(150), [3, 4, 5]);
    assert.deepEqual(
      (await showMember(cloud.world, 5))?.addresses.map(({ quarantine }) => quarantine?.reason),
      ['sender-mismatch'],
    );
    const second = await campaign('b', 150);
    assert.equal(second.length, 147);
    assert.deepEqual(
      ['token-3', 'token-4', 'token-5'].filter((address) => second.includes(address)),
      [],
    );
  });

  it('are found again for an upload, whose keys name nobody, and not among those that it gave itself', async () => {
    await load(cloud, members(120));
    cloud.fcm.behaviour = among('token-7', 'token-8', 'own');
    await createUpload(cloud);
    const lines = members(119).map(({ memberNo }) => line(`k${memberNo + 1}`, { memberNo, token: undefined }));
    await put(cloud, 1, [...lines, line('own', { token: 'own' })]);
    await start(cloud, 1, 120);
    await cloud.settle();
    assert.deepEqual(await heldBack(120), [7, 8]);
    assert.equal(cloud.documents.all().filter(({ path }) => path.includes('/recipients/')).length, 0);
  });

  it('cost nothing where there are none', async () => {
    await load(cloud, members(120));
    await campaign('c', 120);
    const tasks = (await view(cloud)).operations.taskOperations;
    const fresh = new MemoryCloud();
    await load(fresh, members(120));
    fresh.fcm.behaviour = among('token-5');
    await create(fresh, 120);
    await fresh.settle();
    const { operations } = await view(fresh);
    assert.equal(cloud.documents.all().filter(({ fields }) => 'quarantine' in fields).length, 0);
    assert.ok(operations.firestoreWrites > (await view(cloud)).operations.firestoreWrites);
    assert.equal(operations.taskOperations, tasks);
  });

  it('are used where the app registered them after the campaign began, also while it is cared for', async () => {
    await load(cloud, members(120));
    const startMs = cloud.clock.now();
    cloud.fcm.behaviour = among('token-3', 'token-4', 'token-5');
    const at = (ms: number): string => new Date(startMs + ms).toISOString();
    const again = (memberNo: number, ms: number) =>
      member(memberNo, { addresses: [{ token: `token-${memberNo}`, registeredAt: at(ms) }] });
    const commit = cloud.documents.commit.bind(cloud.documents);
    let between = false;
    cloud.documents.commit = async (writes) => {
      if (!between && writes.some((write) => 'update' in write && write.update.startsWith('members/'))) {
        between = true;
        await load(cloud, [again(3, 10_000), again(4, -1)]);
      }
      return commit(writes);
    };
    await campaign('a', 120);
    assert.deepEqual(await heldBack(120), [4, 5]);
    assert.ok(between);
  });

  it('are all put aside though care dies at any call, or comes twice at once', async () => {
    const dead = [3, 501, 510, 1_001];
    const some = members(1_100).filter(({ memberNo }) => memberNo % 500 < 40);
    for (let nth = 0, died = true; died; nth += 1) {
      cloud = new MemoryCloud({ recipientsPerRange: 500 });
      await load(cloud, some);
      cloud.fcm.behaviour = calling((address) => dead.includes(numberOf(address)));
      const turns = keepCare(cloud);
      await create(cloud, 1_100);
      await cloud.settle();
      let calls = 0;
      died = nth === 0;
      for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
        const life = new Life(cloud.world);
        life.killAt = () => ((calls += 1) === nth ? (nth % 2 === 0 ? 'before' : 'after') : null);
        const task = turn;
        const run = (world: World) => care(world, task);
        await Promise.race([Promise.all([run(life.world), run(life.world)]), life.death.catch(() => undefined)]);
        if (life.isAlive) continue;
        died = true;
        turns.unshift(turn);
      }
      assert.deepEqual(await heldBack(1_100), dead, `killed at call ${nth}`);
    }
  });

  it('are put aside by the sweep where the task was lost', async () => {
    await load(cloud, members(120));
    cloud.fcm.behaviour = among('token-3');
    const turns = keepCare(cloud);
    await campaign('a', 120);
    assert.equal(turns.length, 1);
    await pass(0.1);
    await sweep(cloud.world);
    assert.equal(turns.length, 2);
    await care(cloud.world, { campaignId: 'a', from: 0 });
    assert.deepEqual(await heldBack(120), [3]);
    await pass(0.1);
    const logged = cloud.logged.length;
    await sweep(cloud.world);
    assert.equal(cloud.logged.length, logged);
  });

  it('are left alone where they are too many to be believed, and the operator is told', async () => {
    await load(cloud, members(1_000));
    cloud.fcm.behaviour = calling((address) => numberOf(address) % 10 < 3);
    await create(cloud, 1_000);
    await cloud.settle();
    assert.deepEqual(await heldBack(1_000), []);
    const { problems, state } = await view(cloud);
    assert.equal(state, 'completed');
    assert.deepEqual(problems.length, 1);
    assert.match(problems[0] ?? '', /more than 20% of the addresses/);
    assert.equal((await campaign('b', 1_000)).length, 1_000);
  });

  it('are left alone in the part of a campaign where they are too many', async () => {
    cloud = new MemoryCloud({ recipientsPerRange: 500 });
    await load(cloud, members(3_000));
    cloud.fcm.behaviour = calling((address) => numberOf(address) === 7 || Math.floor(numberOf(address) / 500) === 2);
    await create(cloud, 3_000);
    await cloud.settle();
    assert.deepEqual(await heldBack(3_000), [7]);
    assert.equal((await view(cloud)).problems.length, 1);
  });

  it('come back after a day where FCM takes its word back, and are lost after the grace time where it does not', async () => {
    await load(cloud, members(200));
    cloud.fcm.behaviour = calling((address, nowMs) => address === 'token-3' || (address === 'token-4' && nowMs < noon));
    const noon = cloud.clock.now() + 3_600_000;
    await campaign('a', 200);
    assert.deepEqual(await heldBack(200), [3, 4]);
    await pass(0.9);
    assert.equal(cloud.fcm.validated.length, 0);
    await pass(0.2);
    assert.deepEqual(await heldBack(200), [3]);
    assert.equal((await campaign('b', 200)).length, 199);
    const asked = cloud.fcm.validated.length;
    await pass(28);
    assert.deepEqual(await heldBack(200), [3]);
    assert.equal(cloud.fcm.validated.length, asked);
    await pass(2);
    assert.deepEqual((await showMember(cloud.world, 3))?.addresses, []);
    assert.equal(await addressesLeft(200), 199);
    assert.ok(cloud.fcm.posts.length === 399, 'nobody was sent anything by asking');
    const silent = cloud.fcm.validated.length;
    await pass(2);
    assert.equal(cloud.fcm.validated.length, silent);
  });

  it('are not lost where FCM gives no word, or calls those dead that are not', async () => {
    await load(cloud, members(300));
    let trouble: Behaviour = among('token-3');
    cloud.fcm.behaviour = (address, seen, nowMs) => trouble(address, seen, nowMs);
    await campaign('a', 300);
    trouble = () => ({ result: { kind: 'refused', code: 'UNAVAILABLE' } });
    await pass(20);
    assert.deepEqual(await heldBack(300), [3]);
    trouble = () => UNREGISTERED;
    await pass(20);
    assert.deepEqual(await heldBack(300), [3]);
    trouble = () => ACCEPTED;
    await pass(1);
    assert.deepEqual(await heldBack(300), []);
  });

  it('are registered again while FCM is asked, and are kept', async () => {
    await load(cloud, members(200));
    cloud.fcm.behaviour = among('token-3');
    await campaign('a', 200);
    await pass(29.9);
    cloud.fcm.beforeBatch = async () => {
      const registeredAt = new Date(cloud.clock.now()).toISOString();
      await patchMember(cloud.world, 3, { addresses: [{ token: 'token-3', registeredAt }] });
    };
    await pass(2);
    assert.equal((await showMember(cloud.world, 3))?.addresses.length, 1);
    assert.deepEqual(await heldBack(200), []);
  });

  for (const percent of [20, 40]) {
    it(`are not lost for good where FCM calls ${percent}% dead for ten minutes`, async () => {
      await load(cloud, members(2_000));
      const endMs = cloud.clock.now() + 600_000;
      const isHit = (address: string): boolean => numberOf(address) % 100 < percent;
      cloud.fcm.behaviour = calling((address, nowMs) => nowMs < endMs && isHit(address));
      const reached = (await campaign('a', 2_000)).length;
      assert.equal(reached, 2_000);
      await pass(2);
      assert.equal((await campaign('b', 2_000)).length, 2_000);
      await pass(40);
      assert.equal(await addressesLeft(2_000), 2_000);
      assert.deepEqual(await heldBack(2_000), []);
    });
  }
});
