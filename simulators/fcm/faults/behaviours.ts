/** What a number after a behaviour's name means. */
export interface Argument {
  readonly unit: 'seconds' | 'milliseconds' | 'code' | 'attempts';
  readonly max: number;
  readonly required: boolean;
}

const RETRY_AFTER: Argument = { unit: 'seconds', max: 86_400, required: false };
const DELAY: Argument = { unit: 'milliseconds', max: 3_600_000, required: true };

/** The closed list of ways to end one message, by the name that stands before the colon of an address. */
export const BEHAVIOURS = {
  accept: {},
  dead: {},
  malformed: {},
  badpayload: {},
  toobig: {},
  mismatch: {},
  apns: {},
  unauthenticated: {},
  forbidden: {},
  quota: { argument: RETRY_AFTER },
  devicequota: { argument: RETRY_AFTER },
  internal: { argument: RETRY_AFTER },
  unavailable: { argument: RETRY_AFTER },
  html: {},
  hang: { argument: DELAY },
  never: {},
  lost: { argument: { unit: 'code', max: 0xffff_ffff, required: false } },
  drop: {},
  acceptdrop: {},
  reset: { argument: { unit: 'code', max: 0xffff_ffff, required: true } },
  goaway: {},
  cutoff: {},
  ok200html: {},
  empty200: {},
  headersreset: {},
  halfbody: {},
} as const satisfies Record<string, { argument?: Argument }>;

export type BehaviourName = keyof typeof BEHAVIOURS;

/** Wrappers stand before another behaviour and take a number: `flaky-2-unavailable-60`, `after-8000-dead`. */
const WRAPPERS = {
  flaky: { unit: 'attempts', max: 1000, required: true },
  after: DELAY,
} as const satisfies Record<string, Argument>;

/** A parsed behaviour, wrappers taken off. */
export interface Behaviour {
  readonly name: BehaviourName;
  readonly argument: number | undefined;
  /** Waits this long before doing it. */
  readonly afterMs: number;
  /** Holds for the first so many attempts of an address only; Infinity without `flaky`. */
  readonly attempts: number;
}

/** A text that begins like a behaviour but is none; `message` says what is wrong with it. */
export class BehaviourError extends Error {
  override readonly name = 'BehaviourError';
}

// "flaky-1000-after-3600000-unavailable-86400" has 42 characters.
const LONGEST_PREFIX = 64;
// Real registration tokens are "<instance id>:APA91b…"; an instance id may by chance look like a behaviour.
const REAL_TOKEN_MARK = 'APA91b';

/**
 * The behaviour that an address asks for with its prefix; undefined for ordinary addresses.
 * @throws BehaviourError where the name is known but what follows is not right: a typing error must not pass as health.
 */
export function behaviourOfAddress(address: string): Behaviour | undefined {
  const colon = address.indexOf(':');
  if (colon <= 0 || colon > LONGEST_PREFIX || address.startsWith(REAL_TOKEN_MARK, colon + 1)) return undefined;
  const dash = address.indexOf('-');
  const word = address.slice(0, dash > 0 && dash < colon ? dash : colon);
  if (!(Object.hasOwn(BEHAVIOURS, word) || Object.hasOwn(WRAPPERS, word))) return undefined;
  return parseBehaviour(address.slice(0, colon));
}

/**
 * Parses `<wrapper>-<n>-…-<behaviour>[-<n>]`, without the colon.
 * @throws BehaviourError
 */
export function parseBehaviour(text: string): Behaviour {
  const parts = text.split('-');
  let attempts = Infinity;
  let afterMs = 0;
  let at = 0;
  for (let wrapper = parts[at]; wrapper === 'flaky' || wrapper === 'after'; wrapper = parts[at]) {
    const value = readArgument(text, wrapper, WRAPPERS[wrapper], parts[at + 1]) ?? 0;
    if (wrapper === 'flaky') attempts = Math.min(attempts, value);
    else afterMs += value;
    at += 2;
  }
  const name = parts[at];
  if (name === undefined || !isBehaviourName(name)) {
    throw new BehaviourError(`'${text}' names no behaviour where '${name ?? ''}' stands`);
  }
  if (parts.length > at + 2) throw new BehaviourError(`'${text}' goes on after the behaviour '${name}'`);
  const behaviour: { argument?: Argument } = BEHAVIOURS[name];
  const argument = readArgument(text, name, behaviour.argument, parts[at + 1]);
  return { name, argument, afterMs, attempts };
}

function isBehaviourName(name: string): name is BehaviourName {
  return Object.hasOwn(BEHAVIOURS, name);
}

function readArgument(
  text: string,
  word: string,
  argument: Argument | undefined,
  given: string | undefined,
): number | undefined {
  if (given === undefined) {
    if (argument?.required) throw new BehaviourError(`'${text}': '${word}' needs a number (${argument.unit})`);
    return undefined;
  }
  if (!argument) throw new BehaviourError(`'${text}': '${word}' takes no number`);
  const value = Number(given);
  if (!/^\d{1,10}$/.test(given) || value > argument.max) {
    throw new BehaviourError(`'${text}': '${word}' takes 0 to ${argument.max} (${argument.unit}), not '${given}'`);
  }
  return value;
}
