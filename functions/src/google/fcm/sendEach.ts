import { deleteApp, initializeApp, type App } from 'firebase-admin/app';
import { getMessaging, type SendResponse } from 'firebase-admin/messaging';
import type { Push, SendResult } from '../../contract/push.ts';
import type { SendMode } from '../../ports.ts';
import { Deadline } from './deadline.ts';
import { SdkBatch } from './sdkHttp2.ts';
import { authorize, type Adapter, type Transport } from './transport.ts';
import { toAdminMessage } from './message.ts';

/** All POSTs end at the deadline and the SDK settles with the last; if it has not after this, it never will. */
const WATCHDOG_GRACE_MS = 1_000;

let appsMade = 0;

/** firebase-admin's `sendEach`, on our connections: its results come with the end of the batch. */
export function sendEachSender(transport: Transport): Adapter {
  const { projectId, deadlineMs, tokens, pool, judge, log } = transport;
  // An expiry of 0 makes the SDK ask each time: the tokens are kept by `tokens`, and refreshed ahead there.
  const credential = { getAccessToken: async () => ({ access_token: await tokens(), expires_in: 0 }) };
  appsMade += 1;
  const app: App = initializeApp({ projectId, credential }, `fcm-sender-${appsMade}`);
  const messaging = getMessaging(app);

  async function send(
    pushes: readonly Push[],
    deadline: Deadline,
    mode: SendMode | undefined,
  ): Promise<readonly SendResult[]> {
    const authorized = await authorize(transport, deadline);
    if ('result' in authorized) return pushes.map(() => authorized.result);
    const batch = new SdkBatch((headers, body) => pool.post(headers, body, deadline));
    const answered = batch.around(() => messaging.sendEach(pushes.map(toAdminMessage), mode === 'validate'));
    const responses = await withWatchdog(answered, deadline);
    batch.end();
    if (responses !== undefined) return responses.map((response) => resultOf(response, batch));
    log.error('sendEach did not settle', { pushes: pushes.length, requests: batch.requests });
    return pushes.map(() => unsettled(batch));
  }

  function resultOf({ success, messageId, error }: SendResponse, batch: SdkBatch): SendResult {
    // A 200 that names no message: see answer.ts.
    if (success) return isName(messageId) ? { kind: 'accepted' } : { kind: 'ambiguous', reason: 'connection-lost' };
    const exchange = batch.exchangeOf(error);
    if (exchange) return judge(exchange);
    // No request was made for this one: the SDK itself refused the message.
    if (error?.code.startsWith('messaging/invalid-')) return { kind: 'refused', code: 'INVALID_ARGUMENT_PAYLOAD' };
    log.error('sendEach failed in an unknown way', { code: error?.code ?? 'none' });
    return unsettled(batch);
  }

  return {
    async send(pushes, onResult, window, mode) {
      const deadline = new Deadline(deadlineMs, window);
      const results = await send(pushes, deadline, mode).finally(() => deadline.cancel());
      for (const [index, result] of results.entries()) onResult(index, result);
    },
    close: () => deleteApp(app),
  };
}

/** The SDK hands on whatever JSON stands where the name should. */
function isName(messageId: unknown): boolean {
  return typeof messageId === 'string' && messageId !== '';
}

/** What is known of a push that the SDK gave no result for. */
function unsettled({ requests }: SdkBatch): SendResult {
  return requests === 0 ? { kind: 'notSent' } : { kind: 'ambiguous', reason: 'timed-out' };
}

/** The SDK's responses, or undefined where it has given none a while after the deadline. */
async function withWatchdog(
  answered: Promise<{ readonly responses: readonly SendResponse[] }>,
  deadline: Deadline,
): Promise<readonly SendResponse[] | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const watchdog = new Promise<void>((resolve) => {
    deadline.onEnd(() => {
      timer = setTimeout(resolve, WATCHDOG_GRACE_MS);
    });
  });
  const settled = await Promise.race([answered, watchdog]).finally(() => clearTimeout(timer));
  return settled ? settled.responses : undefined;
}
