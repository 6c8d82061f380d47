import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PubSub, type Message, type Subscription } from '@google-cloud/pubsub';
import { RANGES_TOPIC, DEAD_LETTER_TOPIC } from '../../functions/src/contract/signals.ts';
import { Audience, client, cloud, ended, eventually, wrapDelivery } from './support/cloud.ts';

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
    const keys = Array.from({ length: 500 }, (_, index) => [`unknown-${index}`, 1]);
    await topic.publishMessage({ json: Object.fromEntries(keys) as object });
    const long = await letter(RANGES_TOPIC, /unknown-1/);
    assert.ok(Buffer.byteLength(long.reason ?? '') <= 1_024, 'more does not fit into an attribute');
    const wrong = await letter(RANGES_TOPIC, /^range/);
    assert.deepEqual(JSON.parse(wrong.body), { campaignId: 'c', range: -1 });
    assert.equal(letters.filter(({ source }) => source === RANGES_TOPIC).length, 3);
    const logs = ['sendRange-0', 'sendRange-1'].map((name) =>
      readFileSync(join(cloud().folder, 'logs', `host-${name}.log`), 'utf8'),
    );
    assert.equal(logs.join('').split('a message cannot be read and goes to the dead letters').length - 1, 3);
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

  it('is shown by the campaign that it names, and a resume asks at once for what was given up', async function () {
    this.timeout(120_000);
    const audience = new Audience(50);
    await audience.load();
    const { id } = audience.campaign();
    let refused = 0;
    wrapDelivery((deliver) => (message) => ((refused += 1) <= 5 ? Promise.resolve('nack') : deliver(message)));
    await client().createCampaign(audience.campaign());
    const shown = await eventually('the letter on the campaign', 60_000, async () => {
      const view = await client().campaign(id);
      return view.deadLetters.count > 0 && view;
    });
    assert.deepEqual([shown.state, shown.deadLetters.count], ['running', 1]);
    assert.equal(shown.deadLetters.latest[0]?.source, RANGES_TOPIC);
    assert.match(shown.problems.join(), /given up \(every delivery of it failed\)/);
    await client().pauseCampaign(id);
    await client().resumeCampaign(id);
    const view = await ended(id);
    assert.deepEqual([view.state, view.outcomes.accepted, view.resent], ['completed', 50, 0]);
    assert.deepEqual([view.problems, view.deadLetters.count], [[], 1]);
  });
});
