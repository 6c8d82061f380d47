import assert from 'node:assert/strict';
import { conduct } from '../../functions/src/stages/conduct.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import type { Life } from '../memory/life.ts';
import { create, lines, load, members, postCounts, view } from './support.ts';

const EVERYBODY = 2_400;

async function campaign(
  change: (cloud: MemoryCloud) => void,
  fields: Record<string, unknown> = {},
): Promise<MemoryCloud> {
  const cloud = new MemoryCloud();
  await load(cloud, members(EVERYBODY));
  change(cloud);
  await create(cloud, EVERYBODY, fields);
  await cloud.settle();
  return cloud;
}

async function assertAllAccepted(cloud: MemoryCloud): Promise<void> {
  const shown = await view(cloud);
  assert.equal(shown.state, 'completed');
  assert.equal(shown.conserved, true);
  assert.equal(shown.outcomes.accepted, EVERYBODY);
  const told = await lines(cloud);
  assert.equal(new Set(told.map(({ key }) => key)).size, EVERYBODY);
  assert.equal(told.length, EVERYBODY);
}

describe('delivery that goes wrong', () => {
  it('posts to nobody twice when a range comes three times at once, and again later', async () => {
    const cloud = await campaign((made) => {
      made.deliver = () => [
        { afterMs: 10 },
        { afterMs: 10 },
        { afterMs: 10 },
        { afterMs: 2_000 },
        { afterMs: 120_000 },
      ];
    });
    await assertAllAccepted(cloud);
    assert.deepEqual(new Set(postCounts(cloud).values()), new Set([1]));
    assert.equal((await view(cloud)).resent, 0);
  });

  it('releases a range again whose message was lost', async () => {
    let lost = 0;
    const cloud = await campaign((made) => {
      made.deliver = ({ range }) => (range === 1 && (lost += 1) < 3 ? [] : [{ afterMs: 10 }]);
    });
    await assertAllAccepted(cloud);
    assert.equal(lost, 3);
    assert.equal(cloud.fcm.posts.length, EVERYBODY);
  });

  it('goes on after the lease when a holder dies at any call, and says what it may have sent twice', async () => {
    const ports = [
      'documents.commit',
      'documents.getMany',
      'documents.get',
      'sender.send',
      'tasks.enqueue',
      'ranges.release',
    ];
    for (const port of ports) {
      for (const nth of [1, 2, 3, 4]) {
        for (const when of ['before', 'after'] as const) {
          let deaths = 0;
          const cloud = await campaign((made) => {
            made.onInvocation = (life) => {
              life.killAt = (call, n) => (call === port && n === nth && (deaths += 1) <= 3 ? when : null);
            };
          });
          const shown = await view(cloud);
          const twice = cloud.fcm.posts.length - EVERYBODY;
          const label = `${when} call ${nth} of ${port}`;
          assert.ok(twice <= shown.resent, `${label}: ${twice} posted twice, ${shown.resent} said`);
          await assertAllAccepted(cloud);
          if (deaths === 0) assert.ok(port === 'ranges.release' || nth > 1, `${label}: nobody died`);
        }
      }
    }
  }).timeout(60_000);

  it('records instead of resending where the campaign asks for that', async () => {
    let dead = false;
    const cloud = await campaign(
      (made) => {
        made.onInvocation = (life) => {
          life.killAt = (call, n) => (call === 'sender.send' && n === 2 && !dead && (dead = true) ? 'after' : null);
        };
      },
      { policy: { onAmbiguous: 'record' } },
    );
    const { outcomes, reasons, conserved, state } = await view(cloud);
    assert.equal(state, 'completed');
    assert.equal(conserved, true);
    assert.ok((reasons['unknown.sender-died'] ?? 0) > 0);
    assert.equal(outcomes.accepted + outcomes.unknown, EVERYBODY);
    assert.deepEqual(new Set(postCounts(cloud).values()), new Set([1]));
  });

  it('lets a holder that was paused beyond its lease claim nothing more', async () => {
    const cloud = new MemoryCloud({ leaseMs: 6_000 });
    await load(cloud, members(EVERYBODY));
    const paused: Life[] = [];
    cloud.onInvocation = (life) => {
      life.killAt = (call, n) => {
        const claims = life.calls.includes('sender.send') && call === 'documents.commit';
        if (claims && n === 3 && paused.push(life) === 1) life.pause();
        return null;
      };
    };
    await create(cloud, EVERYBODY);
    await cloud.until(() => cloud.fcm.posts.length >= EVERYBODY);
    paused[0]?.resume();
    await cloud.settle();
    await assertAllAccepted(cloud);
    assert.deepEqual(new Set(postCounts(cloud).values()), new Set([1]));
    assert.ok(cloud.logged.some(({ event }) => event === 'a range went to another holder'));
  });

  it('sends nothing that it claimed when it stood still until others took it for dead', async () => {
    for (const standsIn of ['first', 'second']) {
      const cloud = new MemoryCloud({ leaseMs: 6_000 });
      await load(cloud, members(3));
      cloud.fcm.behaviour = (_, seen) => ({
        result: seen === 0 && standsIn === 'second' ? { kind: 'refused', code: 'UNAVAILABLE' } : { kind: 'accepted' },
      });
      const paused: Life[] = [];
      cloud.onInvocation = (life) => {
        life.killAt = (call, nth) => {
          const isRetry = !life.calls.includes('documents.query') && cloud.fcm.posts.length === 3;
          const claims =
            call === 'documents.commit' && (standsIn === 'first' ? isWalk(life) && nth === 2 : isRetry && nth === 1);
          if (claims && paused.length === 0) {
            paused.push(life);
            queueMicrotask(() => life.pause());
          }
          return null;
        };
      };
      await create(cloud, 3);
      await cloud.until(() => cloud.logged.some(({ event }) => event === 'campaign ended'));
      const posts = cloud.fcm.posts.length;
      assert.equal(paused.length, 1);
      paused[0]?.resume();
      await cloud.settle();
      assert.equal(cloud.fcm.posts.length, posts, `in its ${standsIn} attempt`);
      assert.equal((await view(cloud)).outcomes.accepted, 3);
    }
  });

  it('keeps an outcome that a campaign ended with, whatever a holder that was taken for dead says later', async () => {
    const cloud = new MemoryCloud({ leaseMs: 6_000 });
    await load(cloud, members(3));
    cloud.fcm.behaviour = () => ({ result: { kind: 'refused', code: 'UNAVAILABLE' } });
    const paused: Life[] = [];
    cloud.onInvocation = (life) => {
      life.killAt = (call) => {
        const records = call === 'documents.commit' && life.calls.includes('sender.send');
        if (records && paused.length === 0) {
          paused.push(life);
          life.pause();
        }
        return null;
      };
    };
    await create(cloud, 3, { policy: { onAmbiguous: 'record' } });
    await cloud.until(() => cloud.logged.some(({ event }) => event === 'campaign ended'));
    const before = await view(cloud);
    paused[0]?.resume();
    await cloud.settle();
    assert.deepEqual(before.reasons, { 'unknown.sender-died': 3 });
    assert.deepEqual(await view(cloud), before);
    assert.deepEqual(
      (await lines(cloud)).map(({ outcome }) => outcome),
      ['unknown', 'unknown', 'unknown'],
    );
  });

  it('raises no alarm in a conductor turn that was overtaken', async () => {
    const paused: Life[] = [];
    const cloud = new MemoryCloud();
    await load(cloud, members(600));
    cloud.onInvocation = (life) => {
      life.killAt = (call) => {
        // The turn that has read the campaign and not yet its ranges stands still until the campaign has ended.
        const reads = call === 'documents.query' && life.calls.length === 2 && cloud.fcm.posts.length === 600;
        if (reads && paused.length === 0) {
          paused.push(life);
          life.pause();
        }
        return null;
      };
    };
    await create(cloud, 600);
    await cloud.until(() => paused.length === 1);
    const { tick } = cloud.documents.all().find(({ path }) => path === 'campaigns/c')?.fields ?? {};
    await conduct(cloud.world, { campaignId: 'c', tick: Number(tick) + 1 });
    await cloud.until(() => cloud.logged.some(({ event }) => event === 'campaign ended'));
    paused[0]?.resume();
    await cloud.settle();
    assert.ok(!cloud.logged.some(({ event }) => event === 'conservation does not hold'));
    await assertState(cloud);
  });
});

/** A range's first holder reads no log, so its calls up to the claim hold no query. */
function isWalk(life: Life): boolean {
  return life.calls.includes('documents.getMany') && !life.calls.includes('documents.query');
}

async function assertState(cloud: MemoryCloud): Promise<void> {
  const { state, problems } = await view(cloud);
  assert.deepEqual({ state, problems }, { state: 'completed', problems: [] });
}
