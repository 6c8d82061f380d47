import type { FaultAction, FaultRule } from './faultRules.ts';
import { shortName } from './names.ts';

/** What the faults make of one attempt. */
export interface DispatchPlan {
  /** How long the attempt is held back after it fell due. */
  readonly holdMs: number;
  /** Requests sent at once, 1 or more. */
  readonly copies: number;
  /** When set, one more request this long after the first was answered. */
  readonly repeatAfterMs: number | undefined;
  readonly loseAnswer: boolean;
}

export const PLAIN_DISPATCH: DispatchPlan = { holdMs: 0, copies: 1, repeatAfterMs: undefined, loseAnswer: false };

export type CreateRefusal = Extract<FaultAction, { kind: 'refuseCreate' }>;

/** The rules in force, how often each has acted, and the seeded generator that they draw from. */
export class FaultTable {
  #rules: { rule: FaultRule; applied: number }[] = [];
  readonly #random: () => number;

  /** @param seed 32-bit seed; the same seed and the same calls give the same faults */
  constructor(seed: number) {
    this.#random = mulberry32(seed);
  }

  replaceAll(rules: readonly FaultRule[]): void {
    this.#rules = rules.map((rule) => ({ rule, applied: 0 }));
  }

  put(rule: FaultRule): void {
    this.remove(rule.id);
    this.#rules.push({ rule, applied: 0 });
  }

  remove(id: string): boolean {
    const before = this.#rules.length;
    this.#rules = this.#rules.filter(({ rule }) => rule.id !== id);
    return this.#rules.length < before;
  }

  list(): readonly { rule: FaultRule; applied: number }[] {
    return this.#rules;
  }

  /** Asked once for each attempt, when it falls due. */
  planDispatch(queueName: string, taskName: string): DispatchPlan {
    let plan = PLAIN_DISPATCH;
    for (const action of this.#acting(queueName, taskName, (kind) => kind !== 'refuseCreate')) {
      plan = this.#withAction(plan, action);
    }
    return plan;
  }

  /** Asked once for each CreateTask; the first rule that acts decides. */
  refuseCreate(queueName: string, taskName: string | undefined): CreateRefusal | undefined {
    for (const action of this.#acting(queueName, taskName, (kind) => kind === 'refuseCreate')) {
      if (action.kind === 'refuseCreate') return action;
    }
    return undefined;
  }

  #withAction(plan: DispatchPlan, action: FaultAction): DispatchPlan {
    switch (action.kind) {
      case 'duplicate':
        return { ...plan, repeatAfterMs: action.gapMs };
      case 'concurrent':
        return { ...plan, copies: Math.max(plan.copies, action.copies) };
      case 'delay':
      case 'drop':
        return { ...plan, holdMs: plan.holdMs + action.delayMs };
      case 'reorder':
        return { ...plan, holdMs: plan.holdMs + Math.floor(this.#random() * (action.windowMs + 1)) };
      case 'loseAnswer':
        return { ...plan, loseAnswer: true };
      case 'refuseCreate':
        break;
    }
    return plan;
  }

  /** Lazy, so that a rule which nobody reaches is not spent. */
  *#acting(
    queueName: string,
    taskName: string | undefined,
    ofKind: (kind: FaultAction['kind']) => boolean,
  ): Generator<FaultAction> {
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (!ofKind(rule.action.kind) || !fits(rule, queueName, taskName)) continue;
      if (rule.times !== undefined && entry.applied >= rule.times) continue;
      if (rule.share < 1 && this.#random() >= rule.share) continue;
      entry.applied += 1;
      yield rule.action;
    }
  }
}

function fits(rule: FaultRule, queueName: string, taskName: string | undefined): boolean {
  if (rule.queue !== undefined && rule.queue !== queueName && rule.queue !== shortName(queueName)) return false;
  if (rule.taskPrefix === undefined) return true;
  return taskName !== undefined && shortName(taskName).startsWith(rule.taskPrefix);
}

/** Mulberry32: 32 bits of state, enough to decide about faults and the same on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
