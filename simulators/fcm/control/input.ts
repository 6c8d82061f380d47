import { BehaviourError, parseBehaviour } from '../faults/behaviours.ts';
import type { FaultSpec } from '../faults/spec.ts';
import { DECISIONS, type Decision } from '../messages/plan.ts';
import { isObject, type JsonObject } from '../messages/protoJson.ts';
import type { ArrivalFilter } from '../record/arrivals.ts';

/** Input that the control API refuses; `field` is where it is wrong. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

type Reader = (value: unknown, field: string) => void;

const MAX_MS = 86_400_000;
const OUTAGE_MODES: readonly unknown[] = ['refuse', 'silent', 'unavailable'];
const positive = numberFrom(1, 1e9, true);
const milliseconds = numberFrom(0, MAX_MS, false);

const FORMS: Readonly<
  Record<FaultSpec['kind'], { required: readonly string[]; fields: Readonly<Record<string, Reader>> }>
> = {
  behaviour: {
    required: ['behaviour'],
    fields: { behaviour, share: numberFrom(0, 1, false), count: positive, seed: numberFrom(0, 2 ** 31, true) },
  },
  latency: {
    required: [],
    fields: { fixedMs: milliseconds, p50Ms: milliseconds, p99Ms: milliseconds, seed: numberFrom(0, 2 ** 31, true) },
  },
  quota: { required: ['perMinute'], fields: { perMinute: numberFrom(0, 1e9, true), retryAfterSeconds } },
  outage: { required: ['mode'], fields: { mode: oneOf(OUTAGE_MODES) } },
  credentials: { required: ['status'], fields: { status: oneOf([401, 403]), count: positive } },
  settings: { required: ['maxConcurrentStreams'], fields: { maxConcurrentStreams: numberFrom(0, 2 ** 31 - 1, true) } },
};

/** @throws InputError naming the first field that is wrong. */
export function readFault(json: unknown): FaultSpec {
  const input = asObject(json);
  const kind = input['kind'];
  oneOf(Object.keys(FORMS))(kind, 'kind');
  const form = FORMS[kind as FaultSpec['kind']];
  readFields(input, { kind: () => {}, forMs: numberFrom(1, MAX_MS, false), ...form.fields }, form.required);
  if (kind === 'latency') checkLatency(input);
  return input as unknown as FaultSpec;
}

/** Body of an action: one optional whole number, 0 where it is absent. */
export function readAction(json: unknown, field: string): number {
  const input = asObject(json);
  readFields(input, { [field]: numberFrom(0, 1e9, true) }, []);
  return (input[field] as number | undefined) ?? 0;
}

/** Body of a reset. */
export function readKeepFaults(json: unknown): boolean {
  const input = asObject(json);
  readFields(input, { keepFaults: oneOf([true, false]) }, []);
  return input['keepFaults'] === true;
}

/** Query of `GET /arrivals`. */
export function readArrivalQuery(query: URLSearchParams): ArrivalFilter & { limit: number } {
  for (const name of query.keys()) {
    if (!['address', 'decision', 'from', 'to', 'limit'].includes(name)) {
      throw new InputError(name, 'unknown parameter; known are address, decision, from, to, limit');
    }
  }
  const number = (name: string, otherwise: number): number => {
    const text = query.get(name);
    const value = text === null ? otherwise : Number(text);
    if (text === '' || !(value >= 0)) throw new InputError(name, 'a number from 0');
    return value;
  };
  const address = query.get('address');
  const decision = query.get('decision');
  if (decision !== null) oneOf(DECISIONS)(decision, 'decision');
  return {
    ...(address === null ? {} : { address }),
    ...(decision === null ? {} : { decision: decision as Decision }),
    fromMs: number('from', 0),
    toMs: number('to', Infinity),
    limit: number('limit', Infinity),
  };
}

function asObject(json: unknown): JsonObject {
  if (!isObject(json)) throw new InputError('', 'the body is a JSON object');
  return json;
}

function readFields(input: JsonObject, readers: Readonly<Record<string, Reader>>, required: readonly string[]): void {
  for (const name of required) {
    if (input[name] === undefined) throw new InputError(name, 'is required');
  }
  for (const [name, value] of Object.entries(input)) {
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (!read) throw new InputError(name, `unknown field; known are ${Object.keys(readers).join(', ')}`);
    read(value, name);
  }
}

function numberFrom(min: number, max: number, whole: boolean): Reader {
  return (value, field) => {
    const holds = typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value));
    if (!holds) throw new InputError(field, `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`);
  };
}

function oneOf(values: readonly unknown[]): Reader {
  return (value, field) => {
    if (!values.includes(value)) throw new InputError(field, `one of ${values.join(', ')}`);
  };
}

function behaviour(value: unknown, field: string): void {
  if (typeof value !== 'string') throw new InputError(field, 'a behaviour, as before the colon of an address');
  try {
    parseBehaviour(value);
  } catch (error) {
    if (error instanceof BehaviourError) throw new InputError(field, error.message);
    throw error;
  }
}

function retryAfterSeconds(value: unknown, field: string): void {
  if (value !== null) numberFrom(0, 86_400, true)(value, field);
}

function checkLatency(input: JsonObject): void {
  const { fixedMs, p50Ms, p99Ms } = input;
  if ((fixedMs === undefined) === (p50Ms === undefined))
    throw new InputError('fixedMs', 'either fixedMs or p50Ms is set');
  if (p99Ms === undefined) return;
  if (typeof p50Ms !== 'number' || p50Ms === 0) throw new InputError('p50Ms', 'above 0 where p99Ms is set');
  if ((p99Ms as number) < p50Ms) throw new InputError('p99Ms', 'not below p50Ms');
}
