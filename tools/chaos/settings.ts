/** A range whose holder died is taken over soon; a stopped process outlives it. */
export const LEASE_MS = 3_000;

/** Processes that serve `sendRange`: while one dies the others go on. */
export const SEND_RANGE_INSTANCES = 3;

/** The least that an instance can be set to: what is in flight when it dies is what may be sent twice. */
export const MESSAGES_IN_FLIGHT = 500;

/** Parameters of the functions (docs/deploy.md) for many small ranges and batches, so that trouble meets many of them. */
export const FUNCTION_PARAMETERS: Readonly<Record<string, string>> = {
  LEASE_SECONDS: String(LEASE_MS / 1_000),
  MESSAGES_IN_FLIGHT: String(MESSAGES_IN_FLIGHT),
  RECIPIENTS_PER_RANGE: '500',
  PUSHES_PER_BATCH: '100',
  FCM_DEADLINE_SECONDS: '15',
};

/** Cloud Scheduler's minute would be most of a short run. */
export const TICK_MS = 5_000;
