import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PubSub, type Message, type Subscription } from '@google-cloud/pubsub';
import { RANGES_TOPIC, DEAD_LETTER_TOPIC } from '../../functions/src/contract/signals.ts';
import { cloud, eventually } from './support/cloud.ts';

interface Letter {
  readonly body: string;
  readonly source: string | undefined;
  readonly reason: string | undefined;
}

describe('what cannot be read', function () {
  this.timeout(60_000);
  let pubsub: PubSub;
  let subscription: Subscription;
  const letters: Letter[] = [];

  before(() => {
    const { pubsub: address, project } = cloud().endpoints;
    pubsub = new PubSub({ projectId: project, apiEndpoint: address, emulatorMode: true });
    subscription = pubsub.subscription(DEAD_LETTER_TOPIC);
    subscription.on('message', (message: Message) => {
      letters.push({
        body: message.data.toString(),
        source: message.attributes['source'],
        reason: message.attributes['reason'],
      });
      message.ack();
    });
  });

  after(async () => {
    await subscription.close();
    await pubsub.close();
  });

  const letter = (source: string, reason: RegExp): Promise<Letter> =>
    eventually(
      `a letter from ${source}`,
      20_000,
      async () => letters.find((one) => one.source === source && reason.test(one.reason ?? '')) ?? false,
    );

  it('goes from the ranges topic to the dead letters, once, with a log line', async () => {
    const topic = pubsub.topic(RANGES_TOPIC);
    await topic.publishMessage({ data: Buffer.from('no JSON at all') });
    await topic.publishMessage({ json: { campaignId: 'c', range: -1 } });
    await letter(RANGES_TOPIC, /not JSON/);
    const wrong = await letter(RANGES_TOPIC, /range/);
    assert.deepEqual(JSON.parse(wrong.body), { campaignId: 'c', range: -1 });
    assert.equal(letters.filter(({ source }) => source === RANGES_TOPIC).length, 2);
    const logs = ['sendRange-0', 'sendRange-1'].map((name) =>
      readFileSync(join(cloud().folder, 'logs', `host-${name}.log`), 'utf8'),
    );
    assert.equal(logs.join('').split('a message cannot be read and goes to the dead letters').length - 1, 2);
  });

  it('goes from a task to the dead letters, and the task counts as done', async () => {
    const [tasks] =
      cloud()
        .host?.instances()
        .filter(({ group }) => group === 'tasks') ?? [];
    const token = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"email":"a@b.c"}').toString('base64url')}.`;
    for (const task of ['launch', 'conduct', 'retry']) {
      const response = await fetch(`${tasks?.url}/${task}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ data: { campaignId: 'no such id!', extra: 1 } }),
      });
      assert.ok(response.status < 300, `${task} answered ${response.status}`);
      await letter(task, /campaignId/);
    }
  });
});
