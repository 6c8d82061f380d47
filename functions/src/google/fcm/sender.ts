import type { Log, Sender } from '../../ports.ts';
import { defaultTokens, EMULATOR_TOKENS, type AccessTokens } from './accessToken.ts';
import { LEAST_WAIT_MS } from './deadline.ts';
import { dialer, type Target } from './dial.ts';
import { directSender } from './direct.ts';
import { ConnectionPool, type PoolLimits } from './pool.ts';
import { sendEachSender } from './sendEach.ts';
import { loggingJudge, type Adapter } from './transport.ts';

export interface SenderOptions {
  /** `sendEach` goes through firebase-admin, `direct` speaks FCM HTTP v1 itself. */
  readonly transport: 'sendEach' | 'direct';
  readonly projectId: string;
  /** host:port of an FCM simulator, cleartext HTTP/2. Refused unless `projectId` starts with `demo-`. */
  readonly emulatorHost?: string;
  /** `http://` or `https://` URL of a proxy with CONNECT, for FCM alone; not used with a simulator. */
  readonly proxyUrl?: string;
  /** Milliseconds in which `send` gives every push its result. At least 10,000, as FCM asks; less for a simulator only. */
  readonly deadlineMs: number;
  readonly log: Log;
}

/** A sender that holds connections. */
export type OpenSender = Sender & {
  /** Ends all connections and timers, once the batches under way have their results. Later pushes are `notSent`. */
  close(): Promise<void>;
};

const FCM_ORIGIN = 'https://fcm.googleapis.com';

/**
 * Makes the sender of an instance; one is enough for all its batches.
 * @throws RangeError where an option is outside its bounds, TypeError where `proxyUrl` or `emulatorHost` makes no URL.
 */
export function createSender(options: SenderOptions): OpenSender {
  const { projectId, emulatorHost, proxyUrl, deadlineMs } = options;
  if (emulatorHost !== undefined) {
    if (!projectId.startsWith('demo-')) {
      throw new RangeError(`an FCM simulator is for projects named demo-*, not for '${projectId}'`);
    }
    const target = { origin: new URL(`http://${emulatorHost}`) };
    return assembleSender({ ...options, target, tokens: EMULATOR_TOKENS });
  }
  if (deadlineMs < LEAST_WAIT_MS) {
    throw new RangeError(`FCM must be waited for at least ${LEAST_WAIT_MS} ms, not ${deadlineMs}`);
  }
  const proxy = proxyUrl === undefined ? {} : { proxyUrl: new URL(proxyUrl) };
  return assembleSender({ ...options, target: { origin: new URL(FCM_ORIGIN), ...proxy }, tokens: defaultTokens() });
}

export interface SenderParts extends Pick<SenderOptions, 'transport' | 'projectId' | 'deadlineMs' | 'log'> {
  readonly target: Target;
  readonly tokens: AccessTokens;
  readonly limits?: PoolLimits;
}

/** The sender without the choice of where it sends to; `createSender` is for everything but tests and measurements. */
export function assembleSender({ transport, target, limits, ...parts }: SenderParts): OpenSender {
  const pool = new ConnectionPool(dialer(target), parts.log, limits);
  const common = { ...parts, pool, judge: loggingJudge(parts.log) };
  const adapter = transport === 'direct' ? directSender(common) : sendEachSender(common);
  return closable(adapter, pool);
}

function closable(adapter: Adapter, pool: ConnectionPool): OpenSender {
  const underWay = new Set<Promise<void>>();
  let closing: Promise<void> | undefined;

  async function shutDown(): Promise<void> {
    await Promise.allSettled(underWay);
    await pool.close();
    await adapter.close();
  }

  return {
    async send(pushes, onResult, window, mode) {
      if (closing !== undefined) {
        for (const index of pushes.keys()) onResult(index, { kind: 'notSent' });
        return;
      }
      const sending = adapter.send(pushes, onResult, window, mode);
      underWay.add(sending);
      await sending.finally(() => underWay.delete(sending));
    },
    close: () => (closing ??= shutDown()),
  };
}
