import type { Push, SendResult } from '../../functions/src/contract/push.ts';
import type { Clock, Sender, SendMode, SendWindow } from '../../functions/src/ports.ts';

export interface Post {
  readonly address: string;
  readonly push: Push;
  readonly atMs: number;
  readonly result: SendResult;
}

/** What FCM does with one push: its answer, and after how long. `seen` is how often the address was posted to before. */
export type Behaviour = (
  address: string,
  seen: number,
  nowMs: number,
) => {
  readonly result: SendResult;
  readonly afterMs?: number;
  /** How long it waits for room on a connection before it is posted. */
  readonly queuedMs?: number;
};

/** What the port takes at once, as `sendEach` does. */
const BATCH_MAX = 500;

const ACCEPT: Behaviour = () => ({ result: { kind: 'accepted' } });

/** FCM behind the `Sender` port: keeps every POST it saw. */
export class MemoryFcm implements Sender {
  readonly posts: Post[] = [];
  /** What FCM was only to check. */
  readonly validated: Push[] = [];
  behaviour: Behaviour = ACCEPT;
  /** Runs before anything of a batch is posted; may throw, or never resolve, as a process dies. */
  beforeBatch: (pushes: readonly Push[]) => Promise<void> = () => Promise.resolve();
  readonly #clock: Clock;
  readonly #byAddress = new Map<string, Post[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async send(
    pushes: readonly Push[],
    onResult: (index: number, result: SendResult) => void,
    { stop, untilMs = Infinity }: SendWindow = {},
    mode: SendMode = 'deliver',
  ): Promise<void> {
    if (pushes.length > BATCH_MAX) throw new RangeError(`a batch holds ${pushes.length} pushes`);
    await this.beforeBatch(pushes);
    await Promise.all(
      pushes.map(async (push, index) => {
        const address = 'token' in push.address ? push.address.token : push.address.fid;
        const {
          result,
          afterMs = 0,
          queuedMs = 0,
        } = this.behaviour(address, this.postsTo(address).length, this.#clock.now());
        const nowMs = this.#clock.now();
        if (queuedMs > 0) await this.#clock.sleep(Math.min(queuedMs, untilMs - nowMs), stop);
        if (stop?.aborted === true || this.#clock.now() >= untilMs) return onResult(index, { kind: 'notSent' });
        if (mode === 'validate') this.validated.push(push);
        else if (result.kind !== 'notSent') this.#keep({ address, push, atMs: this.#clock.now(), result });
        if (afterMs > 0) await this.#clock.sleep(afterMs);
        onResult(index, result);
      }),
    );
  }

  postsTo(address: string): readonly Post[] {
    return this.#byAddress.get(address) ?? [];
  }

  #keep(post: Post): void {
    this.posts.push(post);
    this.#byAddress.set(post.address, [...this.postsTo(post.address), post]);
  }
}
