import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { reservationFolder } from '../machine/cloudFolder.mjs';
import { tryLock } from '../machine/lock.mjs';
import { anyFreePort, DEFAULT_PORTS, isPortFree } from '../machine/ports.mjs';

export type PortName = Exclude<keyof typeof DEFAULT_PORTS, 'hostSendRange'> | `hostSendRange${number}`;

/** The ports of one local cloud; `get` throws for a name that was not asked for. */
export interface Ports {
  get(name: PortName): number;
}

/** A port that the user fixed with --port-base is somebody else's. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';

  constructor(name: string, port: number) {
    super(`Port ${port} (${name}) is taken: free it or choose another --port-base.`);
  }
}

/** What the allocation needs from the machine; tests give their own. */
export interface PortMachine {
  isFree(port: number): Promise<boolean>;
  anyFree(): Promise<number>;
  /** Holds the port for this run against other local clouds; false when another one has it. */
  reserve(port: number): boolean;
}

/**
 * Ports are found now and bound seconds later by children; the reservation keeps two local clouds that start at the
 * same time from finding the same ones.
 */
export function machineOf(run: string): PortMachine {
  const folder = reservationFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { isFree: isPortFree, anyFree: anyFreePort, reserve: (port) => tryLock(join(folder, String(port)), { run }) };
}

function preferredPort(name: PortName): number {
  const instance = /^hostSendRange(\d+)$/.exec(name)?.[1];
  return instance === undefined
    ? DEFAULT_PORTS[name as keyof typeof DEFAULT_PORTS]
    : DEFAULT_PORTS.hostSendRange + Number(instance);
}

async function take(port: number, machine: PortMachine): Promise<boolean> {
  return (await machine.isFree(port)) && machine.reserve(port);
}

async function takeAny(machine: PortMachine): Promise<number> {
  for (;;) {
    const port = await machine.anyFree();
    if (machine.reserve(port)) return port;
  }
}

/**
 * A port for each name: its default when free, else any free one; with `base`, base, base + 1, … in the order of the
 * names.
 * @throws PortTaken when one of the ports from `base` is taken
 */
export async function allocatePorts(
  names: readonly PortName[],
  base: number | undefined,
  machine: PortMachine,
): Promise<Ports> {
  const ports = new Map<PortName, number>();
  for (const [index, name] of names.entries()) {
    const wanted = base === undefined ? preferredPort(name) : base + index;
    const got = (await take(wanted, machine)) ? wanted : undefined;
    if (got === undefined && base !== undefined) throw new PortTaken(name, wanted);
    ports.set(name, got ?? (await takeAny(machine)));
  }
  return {
    get(name) {
      const port = ports.get(name);
      if (port === undefined) throw new Error(`No port was asked for under the name ${name}.`);
      return port;
    },
  };
}
