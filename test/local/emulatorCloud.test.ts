import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { anyFreePort, DEFAULT_PORTS } from '../../tools/machine/ports.mjs';
import { startLocalCloud, type LocalCloud } from '../../tools/local/localCloud.ts';
import { eventually } from './support/eventually.ts';
import { makeProject, type Project } from './support/project.ts';

const START_LIMIT_MS = 60_000;

async function occupy(port: number): Promise<Server | undefined> {
  const server = createServer();
  const listening = once(server, 'listening');
  server.listen(port, '127.0.0.1');
  try {
    await listening;
    return server;
  } catch {
    // Somebody else has it, which serves the test as well.
    return undefined;
  }
}

describe('two local clouds side by side, usual ports taken', function () {
  this.timeout(START_LIMIT_MS);

  let project: Project;
  let one: LocalCloud;
  let two: LocalCloud;
  let strangers: (Server | undefined)[];

  before(async () => {
    project = makeProject();
    strangers = await Promise.all([DEFAULT_PORTS.firestore, DEFAULT_PORTS.functions].map(occupy));
    const common = { functions: 'emulator', project: project.folder, tickMs: 1000 } as const;
    [one, two] = await Promise.all([
      startLocalCloud({ ...common, fcm: '127.0.0.1:9' }),
      startLocalCloud({ ...common, name: 'two', fcm: '127.0.0.1:10' }),
    ]);
  });

  after(async () => {
    await Promise.all([one?.stop(), two?.stop()]);
    for (const stranger of strangers) stranger?.close();
    project.remove();
  });

  const environment = async (cloud: LocalCloud) =>
    (await (await fetch(`${cloud.endpoints.api}/v1/environment`)).json()) as Record<string, unknown>;

  it('share no address with each other nor with who was there before', () => {
    const addresses = [one, two].flatMap(({ endpoints }) => {
      const { api, firestore, pubsub, tasks, tasksControl } = endpoints;
      return [new URL(api).host, firestore, pubsub, tasks, tasksControl];
    });
    assert.equal(new Set(addresses).size, addresses.length);
    assert.ok(!addresses.includes(`127.0.0.1:${DEFAULT_PORTS.firestore}`));
    assert.ok(!addresses.includes(`127.0.0.1:${DEFAULT_PORTS.functions}`));
  });

  it('give their functions their own parameters, secret and simulators', async () => {
    for (const cloud of [one, two]) {
      const { endpoints } = cloud;
      const { callers, ...rest } = await environment(cloud);
      assert.deepEqual(rest, {
        region: 'asia-northeast3',
        audience: 'bongsu-local',
        greeting: '',
        project: 'demo-push',
        tasksTarget: `http://${new URL(endpoints.api).host}/demo-push/asia-northeast3`,
        FIRESTORE_EMULATOR_HOST: endpoints.firestore,
        PUBSUB_EMULATOR_HOST: endpoints.pubsub,
        CLOUD_TASKS_EMULATOR_HOST: endpoints.tasks,
        FCM_EMULATOR_HOST: endpoints.fcm,
      });
      assert.equal(
        (callers as { callers: [{ keys: [{ kid: string }] }] }).callers[0].keys[0].kid,
        endpoints.caller.kid,
      );
    }
    assert.notEqual(one.endpoints.caller.kid, two.endpoints.caller.kid);
  });

  it('leave no file among the functions', () => {
    assert.deepEqual(readdirSync(join(project.folder, 'functions')).sort(), [
      'index.js',
      'node_modules',
      'package.json',
    ]);
  });

  it('bring messages, tasks and ticks to the functions', async () => {
    const send = (path: string) =>
      fetch(`${one.endpoints.api}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"n":1}',
      });
    assert.equal((await send('/v1/publish')).status, 200);
    assert.equal((await send('/v1/enqueue?name=retry')).status, 200);
    for (const name of ['sendRange', 'retry', 'sweep']) {
      await eventually(name, 20_000, () => project.invocations(name)[0]);
    }
    assert.deepEqual(project.invocations('sendRange')[0]?.json, { n: 1 });
    assert.deepEqual(project.invocations('retry')[0]?.data, { n: 1 });
    assert.equal(project.invocations('sweep')[0]?.jobName, 'firebase-schedule-sweep-asia-northeast3');
  });

  it('load functions that were built anew', async () => {
    const log = join(one.folder, 'logs', 'emulators.log');
    const loads = () => readFileSync(log, 'utf8').split('Loaded functions definitions').length - 1;
    assert.equal(loads(), 1);
    appendFileSync(join(project.folder, 'functions', 'index.js'), '\n');
    await eventually('the second load', 20_000, () => loads() > 1 || undefined);
  });

  it('say so when one of their parts ends by itself', async () => {
    const log = readFileSync(join(two.folder, 'logs', 'emulators.log'), 'utf8');
    assert.match(log, /All emulators ready/);
    const tasks = two.services().find(({ name }) => name === 'tasks');
    assert.ok(tasks?.pid);
    process.kill(tasks.pid, 'SIGKILL');
    await assert.rejects(two.failed, /^LocalCloudError: tasks ended by itself \(SIGKILL\)/);
  });
});

describe('a fixed range of ports', () => {
  it('is refused when somebody has one of them, before anything is started', async () => {
    const project = makeProject();
    const stranger = await occupy(await anyFreePort());
    assert.ok(stranger);
    const { port } = stranger.address() as AddressInfo;
    try {
      const start = startLocalCloud({ functions: 'host', project: project.folder, portBase: port });
      await assert.rejects(start, { name: 'PortTaken' });
      assert.deepEqual(readdirSync(join(project.folder, '.local')).sort(), ['logs']);
    } finally {
      stranger.close();
      project.remove();
    }
  });
});
