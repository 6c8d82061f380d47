import http2 from 'node:http2';
import type { FcmSimulator } from '../../../../simulators/fcm/simulator.ts';

/** How one request ended, as an HTTP/2 client sees it. */
export interface Ending {
  readonly status: number | undefined;
  readonly headers: http2.IncomingHttpHeaders;
  readonly body: string;
  /** True where the response ended with END_STREAM. */
  readonly complete: boolean;
  /** RST_STREAM's code; 0 without a reset. */
  readonly resetCode: number;
}

export interface SendOptions {
  readonly authorization?: string | null;
  readonly path?: string;
  readonly body?: string | Buffer;
  readonly validateOnly?: boolean;
}

const PATH = '/v1/projects/demo-test/messages:send';

/** A cleartext session, closed after `use`. */
export async function withSession(
  simulator: FcmSimulator,
  use: (session: http2.ClientHttp2Session) => Promise<void>,
): Promise<void> {
  const session = http2.connect(`http://${simulator.endpoint}`);
  session.on('error', () => {});
  try {
    await use(session);
  } finally {
    session.destroy();
  }
}

/** POSTs one message and waits until its stream is closed, in whatever way. */
export async function send(
  session: http2.ClientHttp2Session,
  message: unknown,
  options: SendOptions = {},
): Promise<Ending> {
  const { authorization = 'Bearer test', path = PATH, validateOnly } = options;
  const request = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/json',
    ...(authorization === null ? {} : { authorization }),
  });
  let headers: http2.IncomingHttpHeaders & { ':status'?: number | undefined } = {};
  let body = '';
  let complete = false;
  request.on('response', (received) => (headers = received));
  request.on('data', (piece: Buffer) => (body += piece.toString()));
  request.on('end', () => (complete = !request.aborted && request.rstCode === 0));
  request.on('error', () => {});
  const { body: given = JSON.stringify({ message, ...(validateOnly ? { validate_only: true } : {}) }) } = options;
  request.end(given);
  // Not events.once: it rejects at 'error', and a reset is one of the endings.
  await new Promise((resolve) => request.on('close', resolve));
  return { status: headers[':status'], headers, body, complete, resetCode: request.rstCode ?? 0 };
}

/** The error object of an FCM error body. */
export interface FcmErrorBody {
  readonly code: number;
  readonly message: string;
  readonly status: string;
  readonly details?: readonly Record<string, unknown>[];
}

export function errorOf(ending: Ending): FcmErrorBody {
  return (JSON.parse(ending.body) as { error: FcmErrorBody }).error;
}

/** `details[].errorCode` of FcmError; undefined where the error has none. */
export function fcmCodeOf(ending: Ending): unknown {
  return errorOf(ending).details?.find((detail) => String(detail['@type']).endsWith('FcmError'))?.['errorCode'];
}

/** One call of the control API. */
export async function control(
  simulator: FcmSimulator,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await fetch(`http://${simulator.controlEndpoint}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

export const notification = { title: 'title', body: 'body' };

/** One message to each, all at once. */
export async function sendAll(session: http2.ClientHttp2Session, to: readonly string[]): Promise<Ending[]> {
  return Promise.all(to.map((token) => send(session, { token })));
}

export const tokens = (count: number): string[] => Array.from({ length: count }, (_, at) => `token-${at}`);
