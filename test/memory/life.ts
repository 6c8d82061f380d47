import type { World } from '../../functions/src/ports.ts';

const NEVER = new Promise<never>(() => undefined);

/** One invocation of a function, which can die at any await: from then on nothing that it does has an effect. */
export class Life {
  readonly world: World;
  readonly death: Promise<never>;
  /** Port calls begun, by port. */
  readonly calls: string[] = [];
  /** Asked before every port call: true kills the invocation there, `after` once the call has had its effect. */
  killAt: (call: string, nth: number) => 'before' | 'after' | null = () => null;
  readonly #made = new Map<string, number>();
  #dead = false;
  #paused: Promise<void> | null = null;
  #wake: () => void = () => undefined;
  #die: (error: Error) => void = () => undefined;

  constructor(world: World) {
    this.death = new Promise<never>((_, reject) => {
      this.#die = reject;
    });
    this.death.catch(() => undefined);
    this.world = {
      ...world,
      documents: this.#mortal('documents', world.documents),
      ranges: this.#mortal('ranges', world.ranges),
      tasks: this.#mortal('tasks', world.tasks),
      sender: this.#mortal('sender', world.sender),
      deadLetters: this.#mortal('deadLetters', world.deadLetters),
      looks: {
        next: async (subject, read, signal) => this.#unlessDead(world.looks.next(subject, read, signal)),
      },
      clock: {
        now: () => world.clock.now(),
        sleep: async (ms, signal) => this.#unlessDead(world.clock.sleep(ms, signal)),
      },
    };
  }

  get isAlive(): boolean {
    return !this.#dead;
  }

  die(): void {
    this.#dead = true;
    this.#die(new Error('the invocation died'));
  }

  /** Stops it where it is, as SIGSTOP does: whatever it asks next has to wait. */
  pause(): void {
    this.#paused = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  resume(): void {
    this.#paused = null;
    this.#wake();
  }

  /** Resolves where the process runs: at once, when it is resumed, or never. */
  awake(): Promise<void> {
    return this.#unlessDead(Promise.resolve());
  }

  async #unlessDead<T>(outcome: Promise<T>): Promise<T> {
    const value = await outcome;
    if (this.#paused !== null) await this.#paused;
    return this.#dead ? NEVER : value;
  }

  #mortal<T extends object>(port: string, real: T): T {
    return new Proxy(real, {
      get: (target, method) => {
        const call = target[method as keyof T] as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          const name = `${port}.${String(method)}`;
          this.calls.push(name);
          const nth = (this.#made.get(name) ?? 0) + 1;
          this.#made.set(name, nth);
          const kill = this.#dead ? 'before' : this.killAt(name, nth);
          if (kill === 'before') {
            this.die();
            return NEVER;
          }
          if (this.#paused !== null) await this.#paused;
          const outcome = call.apply(target, args);
          if (kill === 'after') {
            await outcome;
            this.die();
          }
          return this.#unlessDead(outcome);
        };
      },
    });
  }
}
