import type { Push, RefusalCode, SendResult } from '../../functions/src/contract/push.ts';
import type { Sender, SendWindow } from '../../functions/src/ports.ts';
import { REFUSAL_CODES } from './faults.ts';
import type { Line } from './network.ts';

const NEVER = new Promise<never>(() => undefined);

/** A POST that was made; one that was lost on its way too. */
export interface Post {
  readonly atMs: number;
  /** The invocation that made it. */
  readonly by: string;
  readonly campaignId: string;
  /** The recipient's within the campaign. */
  readonly key: string;
  /** `token:` or `fid:` and the address. */
  readonly address: string;
  readonly tag: string;
  /** FCM took it, whatever the sender was told. */
  readonly accepted: boolean;
  /** What the sender was told. */
  readonly answer: string;
}

/** These say something about the address, and say it every time. */
const OF_THE_ADDRESS: ReadonlySet<RefusalCode> = new Set([
  'INVALID_ARGUMENT_ADDRESS',
  'UNREGISTERED',
  'SENDER_ID_MISMATCH',
]);

interface Treatment {
  readonly accepted: boolean;
  readonly result: SendResult;
}

const ACCEPTED: Treatment = { accepted: true, result: { kind: 'accepted' } };
const LATENCY_MS = 300;
const QUEUED_MS = 20_000;
const SLOW_MS = 29_000;
const OUTAGE_MS = 300_000;

/** FCM, and the sender in front of it. Tells of every POST. */
export class SimulatedFcm {
  readonly #onPost: (post: Post) => void;
  readonly #lasting = new Map<string, RefusalCode>();
  #outageUntilMs = 0;

  constructor(onPost: (post: Post) => void) {
    this.#onPost = onPost;
  }

  senderOf(line: Line): Sender {
    return {
      send: async (pushes, onResult, window = {}) => {
        await Promise.all(
          pushes.map(async (push, index) => {
            const tell = (result: SendResult): void => onResult(index, result);
            await this.#waitForRoom(line, window);
            if (isOpen(line, window)) return this.#push(line, push, tell);
            line.history.note(line.name, `push ${push.data['key']}`, () => 'is not begun');
            tell({ kind: 'notSent' });
          }),
        );
      },
    };
  }

  async #waitForRoom({ clock, ownNow, chance, faults, awake }: Line, window: SendWindow): Promise<void> {
    if (!faults.strikes('fcm.queued')) return;
    const { stop, untilMs = Infinity } = window;
    await clock.sleep(Math.min(chance.whole(500, QUEUED_MS), untilMs - ownNow()), stop);
    await awake();
    // What was due while the process stood still happens first.
    await clock.sleep(0);
  }

  async #push(line: Line, push: Push, onResult: (result: SendResult) => void): Promise<void> {
    const { clock, chance, faults, history } = line;
    await clock.sleep(1 + chance.delayMs(LATENCY_MS));
    if (!line.isAlive() && chance.happens(0.5)) await NEVER;
    const address = 'token' in push.address ? `token:${push.address.token}` : `fid:${push.address.fid}`;
    const { accepted, result } = this.#treat(line, address);
    const { key = '' } = push.data;
    history.note(line.name, `push ${key} ${address}`, () => `${describe(result)} accepted=${accepted}`);
    if (result.kind !== 'notSent') {
      this.#onPost({
        atMs: clock.now(),
        by: line.name,
        campaignId: push.data['campaign'] ?? '',
        key,
        address,
        tag: push.tag,
        accepted,
        answer: describe(result),
      });
    }
    await clock.sleep(faults.strikes('fcm.slow') ? chance.whole(5_000, SLOW_MS) : chance.delayMs(LATENCY_MS));
    onResult(result);
  }

  #treat({ clock, chance, faults }: Line, address: string): Treatment {
    const lasting = this.#lasting.get(address);
    if (lasting !== undefined) return refused(lasting);
    if (faults.strikes('fcm.outage')) this.#outageUntilMs = clock.now() + chance.delayMs(OUTAGE_MS);
    if (clock.now() < this.#outageUntilMs) return refused('UNAVAILABLE');
    for (const code of REFUSAL_CODES) {
      if (!faults.strikes(`fcm.${code}`)) continue;
      if (OF_THE_ADDRESS.has(code)) this.#lasting.set(address, code);
      return refused(code, code === 'QUOTA_EXCEEDED' && chance.happens(0.5) ? chance.whole(1, 90) * 1_000 : undefined);
    }
    if (faults.strikes('fcm.not-sent')) return { accepted: false, result: { kind: 'notSent' } };
    for (const reason of ['timed-out', 'connection-lost'] as const) {
      const result: SendResult = { kind: 'ambiguous', reason };
      if (faults.strikes(`fcm.${reason}-accepted`)) return { accepted: true, result };
      if (faults.strikes(`fcm.${reason}-lost`)) return { accepted: false, result };
    }
    return ACCEPTED;
  }
}

/** By the clock of the invocation's own machine. */
function isOpen({ ownNow }: Line, { stop, untilMs = Infinity }: SendWindow): boolean {
  return stop?.aborted !== true && ownNow() < untilMs;
}

function refused(code: RefusalCode, retryAfterMs?: number): Treatment {
  const result: SendResult = { kind: 'refused', code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  return { accepted: false, result };
}

function describe(result: SendResult): string {
  if (result.kind === 'refused') return result.code;
  return result.kind === 'ambiguous' ? result.reason : result.kind;
}
