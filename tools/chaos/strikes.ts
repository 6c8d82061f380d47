import { setTimeout as delay } from 'node:timers/promises';
import { randomFor, type Random } from '../members/random.ts';
import type { LocalCloud } from '../local/localCloud.ts';
import type { InstanceState } from '../local/host.ts';
import type { GroupName } from '../local/topology.ts';
import { callControl } from './control.ts';
import type { Tally } from './tally.ts';
import { SERVICE_NAMES, type ServiceName, type Wires } from './wires.ts';

export interface StrikeWorld {
  readonly cloud: LocalCloud;
  readonly wires: Wires;
  readonly tally: Tally;
  /** Aborted when the run shall end. */
  readonly signal: AbortSignal;
  readonly leaseMs: number;
  readonly seed: number;
}

/** Makes trouble once. @returns false where there was nothing to trouble; what lasts goes on until it is over */
export type Strike = () => Promise<boolean>;

const SLOW_FOR_MS = 4_000;
const SLOW_BY_MS = 250;
const OUTAGE_MS = 2_500;
/** A stopped process wakes when its ranges have gone to others. */
const BEYOND_LEASE_MS = 3_000;

/** Tasks that each fault of the Cloud Tasks simulator hits. */
const TASKS_EACH = 2;
const TASK_FAULTS: Readonly<Record<string, object>> = {
  duplicate: { kind: 'duplicate', gapMs: 1_000 },
  concurrent: { kind: 'concurrent', copies: 3 },
  delay: { kind: 'delay', delayMs: 4_000 },
  reorder: { kind: 'reorder', windowMs: 3_000 },
  'lose-answer': { kind: 'loseAnswer' },
  'refuse-create': { kind: 'refuseCreate', when: 'before', code: 'UNAVAILABLE' },
  'refuse-after-create': { kind: 'refuseCreate', when: 'after', code: 'DEADLINE_EXCEEDED' },
};

/** Messages that each burst of the FCM simulator's faults hits. */
const MESSAGES_EACH = 20;
const FCM_BURSTS: Readonly<Record<string, object>> = {
  credentials: { kind: 'credentials', status: 401, count: MESSAGES_EACH },
  quota: { kind: 'behaviour', behaviour: 'quota-10', count: MESSAGES_EACH },
  lost: { kind: 'behaviour', behaviour: 'lost', count: MESSAGES_EACH },
};
const FCM_TIMES: Readonly<Record<string, object>> = {
  'outage-refuse': { kind: 'outage', mode: 'refuse' },
  'outage-silent': { kind: 'outage', mode: 'silent' },
  'outage-unavailable': { kind: 'outage', mode: 'unavailable' },
  'few-streams': { kind: 'settings', maxConcurrentStreams: 3 },
};

/** The processes that are killed, in turn: most of all those that send. */
export const KILLS = ['tasks', 'sendRange', 'api', 'sendRange', 'sendRange', 'sendRange'].map(
  (group) => `kill.${group}`,
);

/** Every kind of trouble that is made by the clock. */
export function strikesOf(world: StrikeWorld): ReadonlyMap<string, Strike> {
  const random = randomFor(world.seed, 1);
  return new Map([
    ...(['api', 'tasks', 'sendRange'] as const).map((group) => [`kill.${group}`, kill(world, random, group)] as const),
    ...(['tasks', 'sendRange'] as const).map((group) => [`stop.${group}`, stop(world, random, group)] as const),
    ...SERVICE_NAMES.map((name) => [`cut.${name}`, cut(world, name)] as const),
    ['slow.firestore', slow(world)] as const,
    ...Object.entries(TASK_FAULTS).map(([name, rule]) => [`tasks.${name}`, taskFault(world, name, rule)] as const),
    ...Object.entries(FCM_BURSTS).map(([name, fault]) => [`fcm.${name}`, fcmBurst(world, name, fault)] as const),
    ...Object.entries(FCM_TIMES).map(([name, fault]) => [`fcm.${name}`, fcmTime(world, name, fault)] as const),
    ['fcm.goaway-all', fcmAction(world, 'goaway', { cutStreams: 5 })] as const,
    ['fcm.close-all', fcmAction(world, 'close', { afterMessages: 10 })] as const,
  ]);
}

function kill({ cloud, tally }: StrikeWorld, random: Random, group: GroupName): Strike {
  return async () => {
    // On a slow machine those that were killed before come back first: else nothing would ever be in flight.
    const isWhole = instancesOf(cloud, group).every(({ ready }) => ready);
    const name = anyOf(cloud, random, group)?.name;
    if (!isWhole || name === undefined) return false;
    cloud.host?.kill(name, 'SIGKILL');
    tally.add(`kill.${group}`);
    return true;
  };
}

function stop({ cloud, tally, signal, leaseMs }: StrikeWorld, random: Random, group: GroupName): Strike {
  return async () => {
    const chosen = anyOf(cloud, random, group);
    if (chosen === undefined) return false;
    const { name, pid } = chosen;
    const send = (what: 'SIGSTOP' | 'SIGCONT') => {
      // It may be killed while it stands still: its successor has nothing to do with this.
      if (cloud.host?.instance(name).pid === pid) cloud.host?.kill(name, what);
    };
    send('SIGSTOP');
    await delay(leaseMs + BEYOND_LEASE_MS, undefined, { signal });
    if (cloud.host?.instance(name).pid !== pid) return false;
    send('SIGCONT');
    tally.add(`stop.${group}`);
    return true;
  };
}

function cut({ wires, tally }: StrikeWorld, name: ServiceName): Strike {
  return async () => {
    const connections = wires.to(name).cut();
    if (connections > 0) tally.add(`cut.${name}`);
    return connections > 0;
  };
}

function slow({ wires, tally, signal }: StrikeWorld): Strike {
  return async () => {
    const proxy = wires.to('firestore');
    const before = proxy.delayed;
    proxy.slowDown(SLOW_BY_MS);
    await delay(SLOW_FOR_MS, undefined, { signal });
    proxy.slowDown(0);
    const wasFelt = proxy.delayed > before;
    if (wasFelt) tally.add('slow.firestore');
    return wasFelt;
  };
}

function taskFault({ cloud }: StrikeWorld, name: string, rule: object): Strike {
  let nth = 0;
  return async () => {
    nth += 1;
    await callControl(cloud.endpoints.tasksControl, 'PUT', `/faults/${name}.${nth}`, { ...rule, times: TASKS_EACH });
    return true;
  };
}

function fcmBurst({ cloud }: StrikeWorld, name: string, fault: object): Strike {
  let nth = 0;
  return async () => {
    nth += 1;
    await callControl(fcmOf(cloud), 'PUT', `/faults/${name}_${nth}`, fault);
    return true;
  };
}

function fcmTime({ cloud, tally, signal }: StrikeWorld, name: string, fault: object): Strike {
  return async () => {
    const { connections } = (await callControl(fcmOf(cloud), 'GET', '/report')) as { connections: number };
    if (connections === 0) return false;
    await callControl(fcmOf(cloud), 'PUT', `/faults/${name}`, fault);
    await delay(OUTAGE_MS, undefined, { signal });
    await callControl(fcmOf(cloud), 'DELETE', `/faults/${name}`);
    tally.add(`fcm.${name}`);
    return true;
  };
}

function fcmAction({ cloud, tally }: StrikeWorld, action: 'goaway' | 'close', body: object): Strike {
  return async () => {
    const answer = (await callControl(fcmOf(cloud), 'POST', `/actions/${action}`, body)) as { connections: number };
    if (answer.connections > 0) tally.add(`fcm.${action}-all`);
    return answer.connections > 0;
  };
}

/** Counts what the simulators' own faults have hit, and takes the faults away. */
export async function withdrawFaults({ cloud, tally }: Pick<StrikeWorld, 'cloud' | 'tally'>): Promise<void> {
  const { tasksControl } = cloud.endpoints;
  const tasks = (await callControl(tasksControl, 'GET', '/faults')) as { faults: { id: string; applied: number }[] };
  for (const { id, applied } of tasks.faults) tally.add(`tasks.${id.split('.')[0]}`, applied);
  await callControl(tasksControl, 'DELETE', '/faults');
  const fcm = (await callControl(fcmOf(cloud), 'GET', '/faults')) as { faults: { name: string; hits: number }[] };
  for (const { name, hits } of fcm.faults) if (name.includes('_')) tally.add(`fcm.${name.split('_')[0]}`, hits);
  await callControl(fcmOf(cloud), 'DELETE', '/faults');
}

export function fcmOf({ endpoints }: Pick<LocalCloud, 'endpoints'>): string {
  if (endpoints.fcmControl === null) throw new Error('chaos needs the FCM simulator');
  return endpoints.fcmControl;
}

function anyOf(cloud: LocalCloud, random: Random, group: GroupName): InstanceState | undefined {
  const running = instancesOf(cloud, group).filter(({ ready, pid }) => ready && pid !== undefined);
  return running[random.below(running.length)];
}

function instancesOf(cloud: LocalCloud, group: GroupName): InstanceState[] {
  return (cloud.host?.instances() ?? []).filter((instance) => instance.group === group);
}
