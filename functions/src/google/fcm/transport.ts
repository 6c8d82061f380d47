import type { SendResult } from '../../contract/push.ts';
import type { Log, Sender } from '../../ports.ts';
import type { AccessTokens } from './accessToken.ts';
import { judgeExchange } from './answer.ts';
import type { Deadline } from './deadline.ts';
import type { Exchange } from './exchange.ts';
import type { ConnectionPool } from './pool.ts';

/** What both adapters stand on: the same connections, tokens and judgement. */
export interface Transport {
  readonly projectId: string;
  readonly deadlineMs: number;
  readonly pool: ConnectionPool;
  readonly tokens: AccessTokens;
  readonly log: Log;
  readonly judge: (exchange: Exchange) => SendResult;
}

export interface Adapter extends Sender {
  /** Gives back what the adapter holds beside the connections. */
  close(): Promise<void>;
}

/** Judges exchanges, and logs each HTTP status that nobody expected once. */
export function loggingJudge(log: Log): Transport['judge'] {
  const logged = new Set<number>();
  return (exchange) => {
    const result = judgeExchange(exchange, Date.now());
    if (exchange.kind === 'answered' && result.kind === 'refused' && result.code === 'UNEXPECTED') {
      if (!logged.has(exchange.status)) log.warn('FCM answered something unexpected', { status: exchange.status });
      logged.add(exchange.status);
    }
    return result;
  };
}

const TOO_LATE = Symbol('too late');

/**
 * The token for a batch, or the result that all its pushes have without one. Nothing was sent then: where the credentials
 * are missing or refused an operator must act, while trouble on the way to Google passes.
 */
export async function authorize(
  { tokens, log }: Transport,
  deadline: Deadline,
): Promise<{ readonly token: string } | { readonly result: SendResult }> {
  try {
    const tooLate = new Promise<typeof TOO_LATE>((resolve) => deadline.onTooLateToStart(() => resolve(TOO_LATE)));
    const token = await Promise.race([tokens(), tooLate]);
    if (token !== TOO_LATE) return { token };
    log.warn('no access token in time', {});
    return { result: { kind: 'notSent' } };
  } catch (error) {
    const passes = isPassing(error);
    log.error('no access token', { passes });
    return { result: passes ? { kind: 'notSent' } : { kind: 'refused', code: 'CREDENTIALS' } };
  }
}

const TOO_MANY_REQUESTS = 429;

/**
 * Whether google-auth-library's error is about the way to Google (a system error's `code`, an overloaded server) and not
 * about the credentials. Its GaxiosError carries the HTTP status of an answer.
 */
function isPassing(error: unknown): boolean {
  const { status, code } = error as { status?: unknown; code?: unknown };
  if (typeof status === 'number') return status >= 500 || status === TOO_MANY_REQUESTS;
  return typeof code === 'string';
}
