import type { CloudTasksClient } from '@google-cloud/tasks';
import type { TaskQueue } from '../ports.ts';

/** gRPC's ALREADY_EXISTS: a task of this name was made before, and may have run by now. */
const ALREADY_EXISTS = 6;

export interface TaskTarget {
  readonly projectId: string;
  /** Region of the queues, which are named like their functions. */
  readonly region: string;
  /** URL that a function's name is appended to. */
  readonly baseUrl: string;
  /** Service account that Cloud Tasks calls the functions as, because IAM guards them; null for the functions' own. */
  readonly serviceAccount: string | null;
  /** `host:port` of a local stand-in that speaks cleartext gRPC. */
  readonly emulatorHost: string | undefined;
}

/** Cloud Tasks that call this deployment's task functions. The SDK is loaded with the first task, see `pubsubTopics`. */
export function cloudTasks(target: TaskTarget): TaskQueue {
  const { projectId, region, baseUrl } = target;
  let opening: Promise<CloudTasksClient> | undefined;
  let account: Promise<string> | undefined;
  return {
    enqueue: async (task, payload, { name, atMs }) => {
      const url = `${baseUrl}/${task}`;
      const client = await (opening ??= open(target.emulatorHost));
      account ??= accountOf(client, target.serviceAccount).catch((error: unknown) => {
        // The metadata server may answer the next one.
        account = undefined;
        throw error;
      });
      const serviceAccountEmail = await account;
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
              oidcToken: { serviceAccountEmail, audience: url },
            },
          },
        });
      } catch (error) {
        if ((error as { code?: unknown }).code !== ALREADY_EXISTS) throw error;
      }
    },
  };
}

async function open(emulatorHost: string | undefined): Promise<CloudTasksClient> {
  const { CloudTasksClient } = await import('@google-cloud/tasks');
  if (emulatorHost === undefined) return new CloudTasksClient();
  const { credentials } = await import('@grpc/grpc-js');
  const [apiEndpoint = '', port] = emulatorHost.split(':');
  return new CloudTasksClient({ apiEndpoint, port: Number(port), sslCreds: credentials.createInsecure() });
}

/** Who the functions run as is known to the metadata server, and to nobody where there is none. */
async function accountOf(client: CloudTasksClient, configured: string | null): Promise<string> {
  if (configured !== null) return configured;
  const { client_email: own } = await client.auth.getCredentials();
  if (own === undefined) throw new Error('The service account is not known: set the parameter TASKS_SERVICE_ACCOUNT');
  return own;
}
