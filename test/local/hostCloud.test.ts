import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PubSub } from '@google-cloud/pubsub';
import { pubsubClient } from '../../tools/local/bridge.ts';
import { startLocalCloud, type Host, type LocalCloud, type Verdict } from '../../tools/local/localCloud.ts';
import { eventually } from './support/eventually.ts';
import { makeProject, type Project } from './support/project.ts';

const START_LIMIT_MS = 60_000;

describe('local cloud with the production-like host', function () {
  this.timeout(START_LIMIT_MS);

  let project: Project;
  let cloud: LocalCloud;
  let host: Host;
  let pubsub: PubSub;
  const verdicts: Verdict[] = [];

  before(async () => {
    project = makeProject();
    cloud = await startLocalCloud({
      functions: 'host',
      project: project.folder,
      fcm: '127.0.0.1:9',
      tickMs: 500,
      host: {
        requestLimitMs: 3000,
        env: { ADDED: 'yes' },
        wrapDelivery: (deliver) => async (message) => {
          const verdict = await deliver(message);
          verdicts.push(verdict);
          return verdict;
        },
      },
    });
    assert.ok(cloud.host);
    host = cloud.host;
    pubsub = pubsubClient(cloud.endpoints.pubsub);
  });

  after(async () => {
    await pubsub?.close();
    await cloud?.stop();
    project.remove();
  });

  const publish = (json: object) => pubsub.topic('ranges').publishMessage({ json });
  const get = async (path: string) =>
    (await fetch(`${cloud.endpoints.api}${path}`)).json() as Promise<Record<string, unknown>>;

  it('writes down for outside programs what it told its owner', () => {
    const file = join(cloud.folder, 'endpoints.json');
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), cloud.endpoints);
    assert.equal(cloud.endpoints.fcm, '127.0.0.1:9');
    assert.equal(cloud.endpoints.fcmControl, null);
    assert.equal(statSync(cloud.endpoints.caller.privateKeyFile).mode & 0o777, 0o600);
  });

  it('tells the functions where everything is, and who may call', async () => {
    const { callers, ...rest } = await get('/v1/environment');
    const { endpoints } = cloud;
    assert.deepEqual(rest, {
      region: 'asia-northeast3',
      audience: 'bongsu-local',
      greeting: '',
      project: 'demo-push',
      tasksTarget: host.instance('tasks').url,
      FIRESTORE_EMULATOR_HOST: endpoints.firestore,
      PUBSUB_EMULATOR_HOST: endpoints.pubsub,
      CLOUD_TASKS_EMULATOR_HOST: endpoints.tasks,
      FCM_EMULATOR_HOST: endpoints.fcm,
    });
    const [{ iss, keys, scopes }] = (
      callers as { callers: [{ iss: string; keys: [{ kid: string }]; scopes: string[] }] }
    ).callers;
    assert.equal(iss, endpoints.caller.iss);
    assert.equal(keys[0].kid, endpoints.caller.kid);
    assert.deepEqual(scopes, ['campaigns:write', 'campaigns:read', 'members:write', 'members:read', 'ops']);
  });

  it('answers 404 for what is no function', async () => {
    assert.equal((await fetch(`${host.instance('tasks').url}/api`)).status, 404);
  });

  it('brings a Pub/Sub message to the function as a CloudEvent, once', async () => {
    const id = await publish({ hello: 'range' });
    const mine = () => project.invocations('sendRange').filter(({ messageId }) => messageId === id);
    const [first] = await eventually('the invocation', 10_000, () => (mine().length > 0 ? mine() : undefined));
    assert.equal(first?.id, id);
    assert.deepEqual(first?.json, { hello: 'range' });
    await eventually('the acknowledgement', 10_000, () => verdicts.includes('ack') || undefined);
    assert.equal(mine().length, 1);
  });

  it('brings a task to the function', async () => {
    const response = await fetch(`${cloud.endpoints.api}/v1/enqueue?name=conduct`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"campaign":"spring"}',
    });
    assert.equal(response.status, 200);
    const [task] = await eventually('the task', 10_000, () => {
      const calls = project.invocations('conduct');
      return calls.length > 0 ? calls : undefined;
    });
    assert.deepEqual(task?.data, { campaign: 'spring' });
  });

  it('calls the scheduled function again and again, as Cloud Scheduler does', async () => {
    const calls = await eventually('the second tick', 10_000, () => {
      const ticks = project.invocations('sweep');
      return ticks.length >= 2 ? ticks : undefined;
    });
    assert.equal(calls[0]?.jobName, 'firebase-schedule-sweep-asia-northeast3');
  });

  it('delivers what failed again, and gives it up to the dead-letter topic after the fifth time', async () => {
    const dead = pubsub.subscription('dead-letter');
    const given = new Promise<unknown>((resolve, reject) => {
      dead.once('error', reject);
      dead.once('message', (message) => {
        message.ack();
        resolve(JSON.parse(message.data.toString()));
      });
    });
    const id = await publish({ fail: true });
    assert.deepEqual(await given, { fail: true });
    await dead.close();
    assert.equal(project.invocations('sendRange').filter(({ messageId }) => messageId === id).length, 5);
    const [letter] = await eventually('the letter at its function', 10_000, () => {
      const letters = project.invocations('deadLetter');
      return letters.length > 0 ? letters : undefined;
    });
    assert.deepEqual(letter?.json, { fail: true });
  });

  it('cuts a request off at the time limit and delivers its message again', async () => {
    const id = await publish({ holdMs: 20_000 });
    const calls = await eventually('the second delivery', 15_000, () => {
      const held = project.invocations('sendRange').filter(({ messageId }) => messageId === id);
      return held.length >= 2 ? held : undefined;
    });
    assert.ok(calls.length >= 2);
  });

  it('delivers the message of a process that was killed to another one', async () => {
    const id = await publish({ holdMs: 2000 });
    const calls = () => project.invocations('sendRange').filter(({ messageId }) => messageId === id);
    const first = await eventually('the first delivery', 10_000, () => calls()[0]);
    const instance = host.instances().find(({ pid }) => pid === first.pid);
    assert.ok(instance);
    host.kill(instance.name, 'SIGKILL');
    const second = await eventually('the second delivery', 10_000, () => calls()[1]);
    assert.notEqual(second.pid, first.pid);
  });

  it('goes on giving requests to a process that stands still', async () => {
    host.kill('api', 'SIGSTOP');
    const answer = get('/v1/pid');
    assert.equal(host.instance('api').isReady, true);
    host.kill('api', 'SIGCONT');
    assert.equal((await answer)['pid'], host.instance('api').pid);
    assert.equal(host.instance('api').starts, 1);
  });

  it('says of each process how much memory it has, and that it lives', () => {
    const instances = host.instances();
    assert.deepEqual(
      instances.map(({ name }) => name),
      ['api', 'tasks', 'sendRange-0', 'sendRange-1'],
    );
    const api = instances.find(({ name }) => name === 'api');
    assert.ok(api?.rssBytes !== undefined && api.rssBytes > 2 ** 24 && api.rssBytes < 2 ** 31);
    assert.throws(() => host.kill('sendRange-7', 'SIGKILL'), /no instance called sendRange-7/);
  });

  it('replaces a killed process by another on the same port', async () => {
    const { pid } = await get('/v1/pid');
    assert.equal(pid, host.instance('api').pid);
    host.kill('api', 'SIGKILL');
    await eventually(
      'the next process',
      20_000,
      () => (host.instance('api').starts === 2 && host.instance('api').isReady) || undefined,
    );
    const after = await get('/v1/pid');
    assert.notEqual(after['pid'], pid);
    assert.equal(after['pid'], host.instance('api').pid);
  });
});
