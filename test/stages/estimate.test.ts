import assert from 'node:assert/strict';
import { estimateRequestSchema, type Estimate } from '../../functions/src/contract/estimate.ts';
import type { Operations } from '../../functions/src/contract/operations.ts';
import type { Sender, World } from '../../functions/src/ports.ts';
import { estimateCampaign } from '../../functions/src/stages/estimate.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, createUpload, line, load, member, members, put, refusalOf, start, view } from './support.ts';

const GRANTED = { marketing: { granted: true, at: '2026-01-02T03:04:05Z' } };
const PER_SECOND = 10_000;

/** FCM that takes a set number of messages a second from everybody together. */
class PacedFcm implements Sender {
  readonly #clock: World['clock'];
  #freeAtMs = 0;

  constructor(clock: World['clock']) {
    this.#clock = clock;
  }

  async send(pushes: Parameters<Sender['send']>[0], onResult: Parameters<Sender['send']>[1]): Promise<void> {
    const nowMs = this.#clock.now();
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + (pushes.length * 1_000) / PER_SECOND;
    await this.#clock.sleep(Math.ceil(this.#freeAtMs - nowMs));
    for (const index of pushes.keys()) onResult(index, { kind: 'accepted' });
  }
}

function estimate(cloud: MemoryCloud, fields: Record<string, unknown> = {}): Promise<Estimate> {
  const request = {
    kind: 'transactional',
    audience: { members: { from: 1, to: 100_000 } },
    message: { title: 'Title', body: 'Body' },
    ...fields,
  };
  return estimateCampaign(cloud.world, estimateRequestSchema.parse(request));
}

function pacedCloud(): MemoryCloud {
  const cloud = new MemoryCloud({ recipientsPerRange: 10_000 });
  Object.assign(cloud.world, { sender: new PacedFcm(cloud.clock) });
  return cloud;
}

/** Each within a tenth, or two where there are few. */
function assertNear(estimated: Operations, counted: Operations): void {
  for (const [name, n] of Object.entries(counted)) {
    const off = Math.abs(estimated[name as keyof Operations] - n);
    assert.ok(off <= Math.max(2, n / 10), `${name}: ${estimated[name as keyof Operations]} estimated, ${n} counted`);
  }
}

describe('an estimate', () => {
  // Whole ranges: member number 0 is the first of a page, and nobody has it.
  for (const count of [9_999, 99_999]) {
    it(`is within a tenth of what a campaign to ${count} members then takes`, async function () {
      this.timeout(60_000);
      const cloud = pacedCloud();
      await load(cloud, members(count));
      const told = await estimate(cloud, { audience: { members: { from: 1, to: count } } });
      await create(cloud, count);
      await cloud.settle();
      const { operations, cost, planned, startedAt, endedAt } = await view(cloud);
      assertNear(told.operations, operations);
      assert.ok(Math.abs(told.messages - planned) <= planned / 10, `${told.messages} messages, not ${planned}`);
      assert.ok(Math.abs(told.cost.usd - cost.usd) <= cost.usd / 10, `${told.cost.usd} USD, not ${cost.usd}`);
      const seconds = (Date.parse(endedAt ?? '') - Date.parse(startedAt ?? '')) / 1_000;
      assert.ok(Math.abs(told.seconds - seconds) <= Math.max(1, seconds / 10), `${told.seconds} s, not ${seconds}`);
    });
  }

  for (const count of [10_000, 100_000]) {
    it(`is within a tenth of what an upload of ${count} then takes`, async function () {
      this.timeout(60_000);
      const cloud = pacedCloud();
      const told = await estimate(cloud, { audience: { recipients: {} }, message: {}, recipients: count });
      await createUpload(cloud);
      for (let part = 1; part <= count / 10_000; part += 1) {
        await put(
          cloud,
          part,
          Array.from({ length: 10_000 }, (_, index) => line(`r-${part}-${index}`)),
        );
      }
      await start(cloud, count / 10_000, count);
      await cloud.settle();
      const { operations, cost } = await view(cloud);
      assertNear(told.operations, operations);
      assert.ok(Math.abs(told.cost.usd - cost.usd) <= cost.usd / 10, `${told.cost.usd} USD, not ${cost.usd}`);
    });
  }

  it('looks at every member of a small audience, by the rules of the campaign', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, [
      member(1, { consent: GRANTED, addresses: [{ token: 'a' }, { token: 'b' }], tags: ['vip'] }),
      member(2, { tags: ['vip'] }),
      member(3, { consent: GRANTED }),
      member(700, { consent: GRANTED, addresses: [], tags: ['vip'] }),
    ]);
    const told = await estimate(cloud, {
      kind: 'marketing',
      audience: { members: { from: 1, to: 1_000, where: { tagsAny: ['vip'] } } },
      ad: { sender: '봉수', optOut: '080', autoLabel: true },
    });
    assert.deepEqual([told.recipients, told.messages, told.pushes, told.exact], [3, 4, 2, true]);
    assert.deepEqual(told.warnings, []);
  });

  it('costs a bounded number of reads, and no write, however large the audience is', async () => {
    const cloud = new MemoryCloud();
    await load(
      cloud,
      Array.from({ length: 3_000 }, (_, page) => member(page * 500 + 1)),
    );
    const before = cloud.documents.reads;
    const documents = cloud.documents.all().length;
    const told = await estimate(cloud, { audience: { members: { from: 1, to: 10_000_000 } } });
    assert.ok(cloud.documents.reads - before <= 44, `${cloud.documents.reads - before} reads`);
    assert.equal(cloud.documents.all().length, documents);
    assert.deepEqual([told.recipients, told.exact], [3_000, false]);
    assert.match(told.warnings.join(), /sample/);
  });

  it('finds members wherever they are', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, [...members(12_000), member(9_000_000_000_000_000)]);
    const told = await estimate(cloud, { audience: { members: { from: 1, to: Number.MAX_SAFE_INTEGER } } });
    assert.ok(told.recipients > 0);
    assert.equal(told.exact, false);
  });

  it('says what a campaign would be refused for, as its creation does', async () => {
    const cloud = new MemoryCloud();
    const unlabelled = await refusalOf(estimate(cloud, { kind: 'marketing' }));
    assert.equal(unlabelled.code, 'invalid');
    assert.ok(unlabelled.errors.some(({ field }) => field === '/message/title'));
    assert.equal((await refusalOf(estimate(cloud))).code, 'audience_empty');
    const late = await refusalOf(estimate(cloud, { schedule: { at: '2020-01-01T00:00:00Z' } }));
    assert.equal(late.errors[0]?.field, '/schedule/at');
  });

  it('warns where nobody could be reached, and where it takes days', async () => {
    const cloud = new MemoryCloud({ fcmPerMinute: 60 });
    await load(cloud, [...members(500), member(501, { addresses: [] })]);
    const [slow, nobody] = [
      await estimate(cloud, { audience: { recipients: {} }, recipients: 100_000 }),
      await estimate(cloud, { audience: { members: { from: 501, to: 501 } } }),
    ];
    assert.match(slow.warnings.join(), /more than a day/);
    assert.match(nobody.warnings.join(), /Nothing would be sent/);
  });
});
