import { Deadline } from './deadline.ts';
import { authorize, type Adapter, type Transport } from './transport.ts';
import { toWireJson } from './message.ts';

/**
 * FCM HTTP v1 without an SDK: one POST for each push, on connections that outlive the batch. Results are handed over one
 * by one, so a slow address holds up nobody else's.
 */
export function directSender(transport: Transport): Adapter {
  const { projectId, deadlineMs, pool, judge } = transport;
  const path = `/v1/projects/${projectId}/messages:send`;
  return {
    async send(pushes, onResult, window, mode) {
      const deadline = new Deadline(deadlineMs, window);
      const authorized = await authorize(transport, deadline);
      if ('result' in authorized) {
        deadline.cancel();
        for (const index of pushes.keys()) onResult(index, authorized.result);
        return;
      }
      const headers = {
        ':method': 'POST',
        ':path': path,
        authorization: `Bearer ${authorized.token}`,
        'content-type': 'application/json',
      };
      const sent = pushes.map(async (push, index) => {
        const exchange = await pool.post(headers, toWireJson(push, mode), deadline);
        onResult(index, judge(exchange));
      });
      const failed = (await Promise.allSettled(sent)).find((outcome) => outcome.status === 'rejected');
      deadline.cancel();
      if (failed) throw failed.reason;
    },
    close: () => Promise.resolve(),
  };
}
