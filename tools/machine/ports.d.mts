/** The ports a local cloud takes when they are free. */
export const DEFAULT_PORTS: {
  readonly functions: number;
  readonly firestore: number;
  readonly firestoreWebsocket: number;
  readonly pubsub: number;
  readonly hub: number;
  readonly logging: number;
  readonly eventarc: number;
  readonly firebaseTasks: number;
  readonly tasks: number;
  readonly tasksControl: number;
  readonly fcm: number;
  readonly fcmControl: number;
  readonly hostApi: number;
  readonly hostTasks: number;
  readonly hostSendRange: number;
};

/** Whether nobody listens on the port at 127.0.0.1 and we could. */
export function isPortFree(port: number): Promise<boolean>;

/** A port that was free at 127.0.0.1 a moment ago. */
export function anyFreePort(): Promise<number>;
