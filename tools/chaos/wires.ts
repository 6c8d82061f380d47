import type { Endpoints } from '../local/localCloud.ts';
import { Proxy } from './proxy.ts';

/** The services that the functions reach through a proxy, and the variable that tells them where. */
const VARIABLES = {
  firestore: 'FIRESTORE_EMULATOR_HOST',
  pubsub: 'PUBSUB_EMULATOR_HOST',
  tasks: 'CLOUD_TASKS_EMULATOR_HOST',
  fcm: 'FCM_EMULATOR_HOST',
} as const;
export type ServiceName = keyof typeof VARIABLES;
export const SERVICE_NAMES = Object.keys(VARIABLES) as readonly ServiceName[];

/** The ways between the functions and what they use. */
export class Wires {
  readonly #proxies: ReadonlyMap<ServiceName, Proxy>;

  private constructor(proxies: ReadonlyMap<ServiceName, Proxy>) {
    this.#proxies = proxies;
  }

  static async lay(): Promise<Wires> {
    const proxies = SERVICE_NAMES.map(async (name) => [name, await Proxy.listen()] as const);
    return new Wires(new Map(await Promise.all(proxies)));
  }

  /** What the functions must find in their environment to come this way. */
  get environment(): Record<string, string> {
    return Object.fromEntries(SERVICE_NAMES.map((name) => [VARIABLES[name], this.to(name).address]));
  }

  connect(endpoints: Endpoints): void {
    for (const name of SERVICE_NAMES) this.to(name).forwardTo(endpoints[name]);
  }

  to(name: ServiceName): Proxy {
    return this.#proxies.get(name) as Proxy;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
  }
}
