/** A fault that stands over the whole server until it is taken away, runs out of time or runs out of messages. */
export type FaultSpec = BehaviourFault | LatencyFault | QuotaFault | OutageFault | CredentialsFault | SettingsFault;

interface Timed {
  /** Milliseconds until the fault goes away by itself; for ever where absent. */
  readonly forMs?: number;
}

/** A share of the messages behaves as an address prefix would make it. */
export interface BehaviourFault extends Timed {
  readonly kind: 'behaviour';
  /** As before the colon of an address, for example `unavailable-60`. */
  readonly behaviour: string;
  /** 0 to 1, of those messages that no prefix or earlier fault has claimed. Default 1. */
  readonly share?: number;
  /** So many messages at most. */
  readonly count?: number;
  /** Decides, with address and attempt, which messages are hit. Default 1. */
  readonly seed?: number;
}

/** Every answer waits: `fixedMs`, or log-normal with the given median and 99th percentile. */
export interface LatencyFault extends Timed {
  readonly kind: 'latency';
  readonly fixedMs?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly seed?: number;
}

/** A bucket of `perMinute` messages, filled up again each minute; 429 once it is empty. */
interface QuotaFault extends Timed {
  readonly kind: 'quota';
  readonly perMinute: number;
  /** Seconds in Retry-After; null for none. Default: until the bucket is filled again. */
  readonly retryAfterSeconds?: number | null;
}

/** `refuse`: no connection is taken, open ones are reset. `silent`: connections are taken and never read. `unavailable`: 503 for all. */
interface OutageFault extends Timed {
  readonly kind: 'outage';
  readonly mode: 'refuse' | 'silent' | 'unavailable';
}

/** The sender's own credentials are refused: 401 UNAUTHENTICATED or 403 PERMISSION_DENIED for every message. */
interface CredentialsFault extends Timed {
  readonly kind: 'credentials';
  readonly status: 401 | 403;
  readonly count?: number;
}

/** Another SETTINGS_MAX_CONCURRENT_STREAMS, for connections that are open and those that come. */
interface SettingsFault extends Timed {
  readonly kind: 'settings';
  readonly maxConcurrentStreams: number;
}

/** A fault that is on, as the control API shows it. */
export interface ActiveFault {
  readonly name: string;
  readonly spec: FaultSpec;
  /** Milliseconds left; null where it has no end. */
  readonly remainingMs: number | null;
  /** Messages it has hit so far. */
  readonly hits: number;
}
