import { CloudTasksClient } from '@google-cloud/tasks';
import type { TaskQueue } from '../ports.ts';

/** gRPC's ALREADY_EXISTS: a task of this name was made before, and may have run by now. */
const ALREADY_EXISTS = 6;

export interface TaskTarget {
  readonly projectId: string;
  /** Region of the queues, which are named like their functions. */
  readonly region: string;
  /** URL that a function's name is appended to. */
  readonly baseUrl: string;
  /** Service account that Cloud Tasks calls the functions as; needed in production, where IAM guards them. */
  readonly serviceAccount: string;
}

/** Cloud Tasks that call this deployment's task functions. */
export function cloudTasks(client: CloudTasksClient, target: TaskTarget): TaskQueue {
  const { projectId, region, baseUrl, serviceAccount } = target;
  return {
    enqueue: async (task, payload, { name, atMs }) => {
      const url = `${baseUrl}/${task}`;
      try {
        await client.createTask({
          parent: client.queuePath(projectId, region, task),
          task: {
            name: client.taskPath(projectId, region, task, name),
            scheduleTime: { seconds: Math.floor(atMs / 1_000), nanos: (atMs % 1_000) * 1_000_000 },
            httpRequest: {
              httpMethod: 'POST',
              url,
              headers: { 'content-type': 'application/json' },
              body: Buffer.from(JSON.stringify({ data: payload })),
              oidcToken: { serviceAccountEmail: serviceAccount, audience: url },
            },
          },
        });
      } catch (error) {
        if ((error as { code?: unknown }).code !== ALREADY_EXISTS) throw error;
      }
    },
  };
}

/** @param emulatorHost `host:port` of a local stand-in that speaks cleartext gRPC */
export async function tasksClient(emulatorHost: string | undefined): Promise<CloudTasksClient> {
  if (emulatorHost === undefined) return new CloudTasksClient();
  const { credentials } = await import('@grpc/grpc-js');
  const [apiEndpoint = '', port] = emulatorHost.split(':');
  return new CloudTasksClient({ apiEndpoint, port: Number(port), sslCreds: credentials.createInsecure() });
}
