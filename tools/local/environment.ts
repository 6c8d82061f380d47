import { AUDIENCE, PROJECT, REGION } from './topology.ts';

/** Where the services are that the functions use, each `host:port`. */
export interface Services {
  readonly firestore: string;
  readonly pubsub: string;
  readonly tasks: string;
  readonly fcm: string;
}

export type Environment = Readonly<Record<string, string>>;

/** Silences look-ups of metadata servers and newer versions, which hang on a machine without network. */
export const QUIET: Environment = { METADATA_SERVER_DETECTION: 'none', NO_UPDATE_NOTIFIER: '1', NO_COLOR: '1' };

/**
 * This process's environment without what would lead a child to production, or to another local cloud.
 */
export function inheritedEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const entries = Object.entries(env).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    return value !== undefined && name !== 'GOOGLE_APPLICATION_CREDENTIALS' && !name.endsWith('_EMULATOR_HOST');
  });
  return Object.fromEntries(entries);
}

/** The parameters of the functions, as a deployment sets them with a dotenv file. */
export function parameters(services: Services, tasksTarget: string): Environment {
  return {
    REGION,
    AUDIENCE,
    TASKS_TARGET: tasksTarget,
    CLOUD_TASKS_EMULATOR_HOST: services.tasks,
    FCM_EMULATOR_HOST: services.fcm,
  };
}

/** Everything the functions find in their environment when no emulator sets it for them. */
export function functionsEnvironment(services: Services, tasksTarget: string, callers: string): Environment {
  return {
    ...parameters(services, tasksTarget),
    ...QUIET,
    CALLERS: callers,
    GCLOUD_PROJECT: PROJECT,
    GOOGLE_CLOUD_PROJECT: PROJECT,
    FIREBASE_CONFIG: JSON.stringify({ projectId: PROJECT }),
    FIRESTORE_EMULATOR_HOST: services.firestore,
    PUBSUB_EMULATOR_HOST: services.pubsub,
  };
}

/**
 * A dotenv file as firebase-tools reads it. Single quotes keep a value as it is, so a value may hold neither them nor
 * line ends.
 */
export function dotenv(values: Environment): string {
  return Object.entries(values)
    .map(([name, value]) => {
      if (/['\n\r]/.test(value)) throw new Error(`${name} cannot be written to a dotenv file.`);
      return `${name}='${value}'\n`;
    })
    .join('');
}
