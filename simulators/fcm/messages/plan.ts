import type { Reply } from '../exchange.ts';
import type { Behaviour, BehaviourName } from '../faults/behaviours.ts';
import { badPayload, badTarget, tooBig } from './parse.ts';
import { MAX_PAYLOAD_BYTES } from './payloadSize.ts';
import type { JsonObject } from './protoJson.ts';
import * as replies from './replies.ts';

/** What became of one POST, closed. Everything but `accepted` and `validated` is a refusal. */
export const DECISIONS = [
  'accepted',
  'validated',
  'UNREGISTERED',
  'INVALID_ARGUMENT',
  'SENDER_ID_MISMATCH',
  'THIRD_PARTY_AUTH_ERROR',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'QUOTA_EXCEEDED',
  'INTERNAL',
  'UNAVAILABLE',
  'BAD_GATEWAY',
  'OK_HTML',
  'RESET',
  'DROPPED',
  'CUT_OFF',
] as const;

export type Decision = (typeof DECISIONS)[number];

/** What is done on the wire. */
export type Act =
  | { readonly do: 'respond' | 'respondAndGoAway'; readonly reply: Reply }
  | { readonly do: 'respondPartly'; readonly reply: Reply; readonly bodyBytes: number }
  | { readonly do: 'reset'; readonly code: number }
  | { readonly do: 'destroyConnection' | 'cutOff' | 'nothing' };

/** One POST's fate: decided on arrival, done after `delayMs`. */
export interface Plan {
  readonly decision: Decision;
  readonly delayMs: number;
  readonly act: Act;
}

const INTERNAL_ERROR = 0x2;

interface Subject {
  readonly message: JsonObject;
  /** The number after the behaviour's name. */
  readonly argument: number | undefined;
  /** Makes the 200 that FCM gives this message. */
  readonly success: () => Reply;
}

type Planner = (subject: Subject) => Plan;

const DEVICE_QUOTA = 'Messages per minute to one device';

const PLANNERS: Readonly<Record<BehaviourName, Planner>> = {
  accept: ({ success }) => accept({ do: 'respond', reply: success() }),
  hang: ({ success, argument }) => accept({ do: 'respond', reply: success() }, argument),
  never: () => accept({ do: 'nothing' }),
  lost: ({ argument }) => accept({ do: 'reset', code: argument ?? INTERNAL_ERROR }),
  acceptdrop: () => accept({ do: 'destroyConnection' }),
  goaway: ({ success }) => accept({ do: 'respondAndGoAway', reply: success() }),
  empty200: () => accept({ do: 'respond', reply: replies.OK_EMPTY }),
  headersreset: ({ success }) => accept({ do: 'respondPartly', reply: success(), bodyBytes: 0 }),
  halfbody: ({ success }) => acceptHalf(success()),
  dead: () => refuse('UNREGISTERED', replies.UNREGISTERED),
  malformed: ({ message }) => refuse('INVALID_ARGUMENT', badTarget(message)),
  badpayload: () => refuse('INVALID_ARGUMENT', badPayload('message.data', 'Invalid data payload')),
  toobig: () => refuse('INVALID_ARGUMENT', tooBig(MAX_PAYLOAD_BYTES + 1)),
  mismatch: () => refuse('SENDER_ID_MISMATCH', replies.SENDER_ID_MISMATCH),
  apns: () => refuse('THIRD_PARTY_AUTH_ERROR', replies.THIRD_PARTY_AUTH_ERROR),
  unauthenticated: () => refuse('UNAUTHENTICATED', replies.UNAUTHENTICATED),
  forbidden: () => refuse('PERMISSION_DENIED', replies.PERMISSION_DENIED),
  quota: ({ argument }) => refuse('QUOTA_EXCEEDED', projectQuota(argument)),
  devicequota: ({ argument }) => refuse('QUOTA_EXCEEDED', replies.quotaExceeded('device', DEVICE_QUOTA, argument)),
  internal: ({ argument }) => refuse('INTERNAL', replies.internal(argument)),
  unavailable: ({ argument }) => refuse('UNAVAILABLE', replies.unavailable(argument)),
  html: () => refuse('BAD_GATEWAY', replies.BAD_GATEWAY),
  ok200html: () => refuse('OK_HTML', replies.OK_HTML),
  reset: ({ argument }) => ({ decision: 'RESET', delayMs: 0, act: { do: 'reset', code: argument ?? INTERNAL_ERROR } }),
  drop: () => ({ decision: 'DROPPED', delayMs: 0, act: { do: 'destroyConnection' } }),
  cutoff: () => ({ decision: 'CUT_OFF', delayMs: 0, act: { do: 'cutOff' } }),
};

/**
 * Turns a behaviour into a plan.
 * @param success makes the 200 that FCM gives this message.
 */
export function planBehaviour(behaviour: Behaviour, message: JsonObject, success: () => Reply): Plan {
  const { name, argument, afterMs } = behaviour;
  const plan = PLANNERS[name]({ message, argument, success });
  return afterMs === 0 ? plan : { ...plan, delayMs: plan.delayMs + afterMs };
}

function accept(act: Act, delayMs = 0): Plan {
  return { decision: 'accepted', delayMs, act };
}

function acceptHalf(reply: Reply): Plan {
  return accept({ do: 'respondPartly', reply, bodyBytes: Math.floor(reply.body.length / 2) });
}

function refuse(decision: Decision, reply: Reply): Plan {
  return { decision, delayMs: 0, act: { do: 'respond', reply } };
}

/** 429 for the project's messages per minute. */
export function projectQuota(retryAfterSeconds: number | undefined): Reply {
  return replies.quotaExceeded('project', 'Messages per minute of the project', retryAfterSeconds);
}
