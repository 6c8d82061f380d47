import type { Reply } from '../exchange.ts';
import { draw } from '../hash.ts';
import { projectQuota, type Plan } from '../messages/plan.ts';
import * as replies from '../messages/replies.ts';
import { parseBehaviour, type Behaviour } from './behaviours.ts';
import { latencyMs } from './latency.ts';
import { QuotaBucket } from './quota.ts';
import type { ActiveFault, BehaviourFault, FaultSpec } from './spec.ts';

interface Standing {
  readonly name: string;
  readonly spec: FaultSpec;
  readonly behaviour: Behaviour | undefined;
  readonly bucket: QuotaBucket | undefined;
  readonly endsAtMs: number;
  readonly timer: NodeJS.Timeout | undefined;
  hits: number;
}

/** The server-wide faults that stand, by the names their setter gave them, oldest first. */
export class FaultBoard {
  readonly #standing = new Map<string, Standing>();
  readonly #now: () => number;
  readonly #changed: () => void;

  /**
   * @param now milliseconds of a clock that never runs backwards.
   * @param changed called after every change, so that the listeners can apply outages and settings.
   */
  constructor(now: () => number, changed: () => void) {
    this.#now = now;
    this.#changed = changed;
  }

  /** Puts a fault in place; one of the same name is replaced and starts afresh. */
  put(name: string, spec: FaultSpec): void {
    clearTimeout(this.#standing.get(name)?.timer);
    const { forMs } = spec;
    this.#standing.set(name, {
      name,
      spec,
      behaviour: spec.kind === 'behaviour' ? parseBehaviour(spec.behaviour) : undefined,
      bucket: spec.kind === 'quota' ? new QuotaBucket(spec.perMinute) : undefined,
      endsAtMs: forMs === undefined ? Infinity : this.#now() + forMs,
      timer: forMs === undefined ? undefined : setTimeout(() => this.delete(name), forMs),
      hits: 0,
    });
    this.#changed();
  }

  /** Takes a fault away; false where there is none of that name. */
  delete(name: string): boolean {
    clearTimeout(this.#standing.get(name)?.timer);
    const existed = this.#standing.delete(name);
    if (existed) this.#changed();
    return existed;
  }

  clear(): void {
    for (const { timer } of this.#standing.values()) clearTimeout(timer);
    this.#standing.clear();
    this.#changed();
  }

  list(): ActiveFault[] {
    const nowMs = this.#now();
    return [...this.#standing.values()].map(({ name, spec, endsAtMs, hits }) => ({
      name,
      spec,
      remainingMs: endsAtMs === Infinity ? null : Math.max(0, Math.round(endsAtMs - nowMs)),
      hits,
    }));
  }

  /** The latest fault of a kind that concerns the whole server. */
  latest<Kind extends 'outage' | 'settings'>(kind: Kind): Extract<FaultSpec, { kind: Kind }> | undefined {
    let found: Extract<FaultSpec, { kind: Kind }> | undefined;
    for (const { spec } of this.#standing.values()) {
      if (spec.kind === kind) found = spec as Extract<FaultSpec, { kind: Kind }>;
    }
    return found;
  }

  /** What the server says before it looks at the message: outage and credentials. */
  beforeMessage(): Plan | undefined {
    for (const standing of this.#standing.values()) {
      const { spec } = standing;
      if (spec.kind === 'outage' && spec.mode === 'unavailable') {
        standing.hits += 1;
        return respond('UNAVAILABLE', replies.unavailable(undefined));
      }
      if (spec.kind === 'credentials' && standing.hits < (spec.count ?? Infinity)) {
        standing.hits += 1;
        if (spec.status === 401) return respond('UNAUTHENTICATED', replies.UNAUTHENTICATED);
        return respond('PERMISSION_DENIED', replies.PERMISSION_DENIED);
      }
    }
    return undefined;
  }

  /** Takes one message out of every quota bucket; a plan where one is empty. */
  takeQuota(): Plan | undefined {
    const nowMs = this.#now();
    for (const standing of this.#standing.values()) {
      const { spec, bucket } = standing;
      if (spec.kind !== 'quota' || !bucket || bucket.take(nowMs)) continue;
      standing.hits += 1;
      const { retryAfterSeconds = bucket.secondsToRefill(nowMs) } = spec;
      return respond('QUOTA_EXCEEDED', projectQuota(retryAfterSeconds ?? undefined));
    }
    return undefined;
  }

  /** The behaviour that a fault imposes on this attempt at this address. */
  behaviourFor(address: string, attempt: number): Behaviour | undefined {
    let salt = 16;
    for (const standing of this.#standing.values()) {
      const { spec, behaviour } = standing;
      if (spec.kind !== 'behaviour' || !behaviour) continue;
      salt += 1;
      if (attempt >= behaviour.attempts || !isHit(spec, standing.hits, address, attempt, salt)) continue;
      standing.hits += 1;
      return behaviour;
    }
    return undefined;
  }

  /** Milliseconds that all latency faults together add to this answer. */
  latencyMs(address: string, attempt: number): number {
    let sumMs = 0;
    for (const standing of this.#standing.values()) {
      if (standing.spec.kind !== 'latency') continue;
      standing.hits += 1;
      sumMs += latencyMs(standing.spec, address, attempt);
    }
    return sumMs;
  }
}

function isHit(spec: BehaviourFault, hits: number, address: string, attempt: number, salt: number): boolean {
  if (hits >= (spec.count ?? Infinity)) return false;
  const { share = 1, seed = 1 } = spec;
  return share >= 1 || draw(seed, address, attempt, salt) < share;
}

function respond(decision: Plan['decision'], reply: Reply): Plan {
  return { decision, delayMs: 0, act: { do: 'respond', reply } };
}
