import type { Log, Sender } from '../../ports.ts';
import { createSendEachSender } from './sendEach.ts';

export interface SenderOptions {
  /** `sendEach` goes through firebase-admin, `direct` speaks FCM HTTP v1 itself. */
  readonly transport: 'sendEach' | 'direct';
  readonly projectId: string;
  /** host:port of an FCM simulator, cleartext HTTP/2. Refused unless `projectId` starts with `demo-`. */
  readonly emulatorHost?: string;
  /** Milliseconds after which `send` has given every push its result. At least 10,000, as FCM asks, but for a simulator. */
  readonly deadlineMs: number;
  readonly log: Log;
}

/** A sender that holds connections. */
export type OpenSender = Sender & {
  /** Ends all connections and timers; pushes still under way get their result first. */
  close(): Promise<void>;
};

/** FCM asks to wait at least so long before a request is given up. */
const LEAST_DEADLINE_MS = 10_000;

/**
 * Makes the sender of an instance; one is enough for all batches.
 * @throws RangeError where an option is outside its bounds.
 */
export function createSender(options: SenderOptions): OpenSender {
  const { projectId, emulatorHost, deadlineMs } = options;
  if (emulatorHost !== undefined && !projectId.startsWith('demo-')) {
    throw new RangeError(`an FCM simulator is for projects named demo-*, not for '${projectId}'`);
  }
  if (emulatorHost === undefined && deadlineMs < LEAST_DEADLINE_MS) {
    throw new RangeError(`FCM must be waited for at least ${LEAST_DEADLINE_MS} ms, not ${deadlineMs}`);
  }
  return createSendEachSender(options);
}
