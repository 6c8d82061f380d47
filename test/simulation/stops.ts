import type { Doc } from '../../functions/src/ports.ts';

/** The last POST of a campaign that was stopped arrives so long after the call's answer at the latest. */
const GRACE_MS = 5_000;
const ENDED: ReadonlySet<unknown> = new Set(['completed', 'cancelled', 'expired']);

/** Where a campaign stands, and what became of it so far. */
export interface Standing {
  readonly state: unknown;
  readonly ending: unknown;
  /** Since when nothing may be sent; null while it may. */
  readonly stoppedAtMs: number | null;
  readonly wasCancelled: boolean;
  /** Times that it began to send, or went on. */
  readonly starts: number;
  /** The last of them. */
  readonly startedAtMs: number;
  readonly pauses: number;
  /** It tries again what failed. */
  readonly redrives: boolean;
  /** It waited for FCM once: attempts at such a time do not count. */
  readonly hadOutage: boolean;
}

const UNKNOWN: Standing = {
  state: undefined,
  ending: null,
  stoppedAtMs: null,
  wasCancelled: false,
  starts: 0,
  startedAtMs: 0,
  pauses: 0,
  redrives: false,
  hadOutage: false,
};

/** Knows from the campaigns' documents when each had to stand still. */
export class Stops {
  readonly #now: () => number;
  readonly #standings = new Map<string, Standing>();
  /** When each invocation last stood still, or could not read: it may not have known better. */
  readonly #troubles = new Map<string, number>();
  #lastTroubleMs = -Infinity;

  constructor(now: () => number) {
    this.#now = now;
  }

  of(campaignId: string): Standing {
    return this.#standings.get(campaignId) ?? UNKNOWN;
  }

  hasEnded(campaignId: string): boolean {
    return ENDED.has(this.of(campaignId).state);
  }

  /** It stands where only an operator can set it going again. */
  rests(campaignId: string): boolean {
    return ['paused', 'halted'].includes(this.of(campaignId).state as string);
  }

  sawTrouble(by: string): void {
    this.#troubles.set(by, this.#now());
    this.#lastTroubleMs = this.#now();
  }

  sawCampaign(campaignId: string, fields: Doc['fields']): void {
    const before = this.of(campaignId);
    const { state, ending, redrive } = fields;
    const sends = state === 'running' && ending === null;
    const starts = sends && (before.stoppedAtMs !== null || before === UNKNOWN);
    this.#standings.set(campaignId, {
      state,
      ending,
      stoppedAtMs: sends ? null : (before.stoppedAtMs ?? this.#now()),
      wasCancelled: before.wasCancelled || state === 'cancelled' || ending === 'cancelled',
      starts: before.starts + (starts ? 1 : 0),
      startedAtMs: starts ? this.#now() : before.startedAtMs,
      redrives: redrive !== null,
      hadOutage: before.hadOutage || (fields['health'] as Doc['fields'])['outage'] !== null,
      pauses: before.pauses + (state === 'paused' && before.state !== 'paused' ? 1 : 0),
    });
  }

  /**
   * Does something happen for a campaign that should have come to rest by now?
   * @param by the invocation that does it; null where nobody knows
   */
  isLate(campaignId: string, by: string | null): boolean {
    const { stoppedAtMs } = this.of(campaignId);
    if (stoppedAtMs === null) return false;
    const troubleMs = by === null ? this.#lastTroubleMs : (this.#troubles.get(by) ?? -Infinity);
    return this.#now() > Math.max(stoppedAtMs, troubleMs) + GRACE_MS;
  }
}
