import { isUtf8 } from 'node:buffer';
import type { Reply } from '../exchange.ts';
import { behaviourOfAddress, BehaviourError, type Behaviour } from '../faults/behaviours.ts';
import { MAX_PAYLOAD_BYTES, payloadBytes } from './payloadSize.ts';
import { isObject, readProto, type JsonObject } from './protoJson.ts';
import { badJson, invalidArgument, type FieldViolation } from './replies.ts';
import { SEND_REQUEST } from './schema.ts';

/** A request as far as it could be understood; `refusal` is set where FCM would not take it. */
export interface ParsedMessage {
  /** Token, FID, `/topics/<name>` or `condition:<text>`; empty where none could be read. */
  readonly address: string;
  /** What the address's prefix asks for. */
  readonly behaviour: Behaviour | undefined;
  readonly message: JsonObject;
  readonly validateOnly: boolean;
  readonly refusal: Reply | undefined;
}

const TARGETS = ['token', 'fid', 'topic', 'condition'] as const;
const TOPIC = /^[a-zA-Z0-9-_.~%]+$/;
const RESERVED_DATA_KEY = /^(from|message_type|gcm\.|google\.)/;
const MAX_TTL_SECONDS = 2_419_200;
// Apple's limit: https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
const MAX_COLLAPSE_ID_BYTES = 64;
const LONGEST_ADDRESS = 4096;

/** Parses and validates the body of `messages:send`. Never throws. */
export function parseMessage(body: Buffer): ParsedMessage {
  let json: unknown;
  try {
    if (!isUtf8(body)) return refused(badJson('Invalid JSON payload received. Malformed UTF-8.', []));
    json = JSON.parse(body.toString());
  } catch {
    return refused(badJson('Invalid JSON payload received. Parsing terminated before end of input.', []));
  }
  const violations: FieldViolation[] = [];
  const request = readProto(json, SEND_REQUEST, '', violations);
  const message = isObject(request['message']) ? request['message'] : {};
  const address = addressOf(message);
  const validateOnly = request['validate_only'] === true;
  const [first] = violations;
  if (first) return { ...refused(badJson(first.description, violations)), address, message, validateOnly };
  try {
    const behaviour = behaviourOfAddress(isTopic(message) ? '' : address);
    return { address, behaviour, message, validateOnly, refusal: examine(message) };
  } catch (error) {
    if (!(error instanceof BehaviourError)) throw error;
    return { address, behaviour: undefined, message, validateOnly, refusal: badTarget(message, error.message) };
  }
}

function refused(refusal: Reply): ParsedMessage {
  return { address: '', behaviour: undefined, message: {}, validateOnly: false, refusal };
}

/** 400 for the address, as FCM words it. */
export function badTarget(message: JsonObject, detail?: string): Reply {
  const field = typeof message['fid'] === 'string' ? 'message.fid' : 'message.token';
  const text = 'The registration token is not a valid FCM registration token';
  return invalidArgument(text, [{ field, description: detail ?? 'Invalid registration token' }]);
}

/** 400 for a payload above the limit. */
export function tooBig(bytes: number): Reply {
  const description = `The message payload has ${bytes} bytes, ${MAX_PAYLOAD_BYTES} are allowed.`;
  return invalidArgument('Message too big', [{ field: 'message', description }]);
}

/** 400 for a value in the payload. */
export function badPayload(field: string, description: string): Reply {
  return invalidArgument(description, [{ field, description }]);
}

function isTopic(message: JsonObject): boolean {
  return typeof message['topic'] === 'string' || typeof message['condition'] === 'string';
}

function addressOf(message: JsonObject): string {
  const { token, fid, topic, condition } = message as Record<(typeof TARGETS)[number], unknown>;
  if (typeof token === 'string') return token.slice(0, LONGEST_ADDRESS);
  if (typeof fid === 'string') return fid.slice(0, LONGEST_ADDRESS);
  if (typeof topic === 'string') return `/topics/${topic.slice(0, LONGEST_ADDRESS)}`;
  return typeof condition === 'string' ? `condition:${condition.slice(0, LONGEST_ADDRESS)}` : '';
}

function examine(message: JsonObject): Reply | undefined {
  const problem = examineTarget(message) ?? examineData(message) ?? examinePlatforms(message);
  if (problem) return problem;
  const bytes = payloadBytes(message);
  return bytes > MAX_PAYLOAD_BYTES ? tooBig(bytes) : undefined;
}

function examineTarget(message: JsonObject): Reply | undefined {
  let targets = 0;
  for (const target of TARGETS) if (message[target] !== undefined) targets += 1;
  if (targets !== 1) {
    return badPayload('message', 'Recipient of the message is not set: exactly one of token, fid, topic, condition.');
  }
  const { topic } = message;
  if (typeof topic === 'string') {
    return TOPIC.test(topic) ? undefined : badPayload('message.topic', 'Malformed topic name');
  }
  const address = message['token'] ?? message['fid'];
  if (typeof address !== 'string') return undefined;
  const plausible = address !== '' && address.length <= LONGEST_ADDRESS && !/\s/.test(address);
  return plausible ? undefined : badTarget(message);
}

function examineData(message: JsonObject): Reply | undefined {
  const { data } = message;
  if (!isObject(data)) return undefined;
  for (const key in data) {
    if (RESERVED_DATA_KEY.test(key)) return badPayload('message.data', `Invalid data payload key: ${key}`);
  }
  return undefined;
}

function examinePlatforms(message: JsonObject): Reply | undefined {
  const { android, apns } = message;
  const ttl = isObject(android) ? android['ttl'] : undefined;
  if (typeof ttl === 'string' && !(parseFloat(ttl) >= 0 && parseFloat(ttl) <= MAX_TTL_SECONDS)) {
    return badPayload('message.android.ttl', `Invalid ttl: must be between 0 and ${MAX_TTL_SECONDS} seconds`);
  }
  const headers = isObject(apns) ? apns['headers'] : undefined;
  const collapseId = isObject(headers) ? headers['apns-collapse-id'] : undefined;
  if (typeof collapseId === 'string' && Buffer.byteLength(collapseId) > MAX_COLLAPSE_ID_BYTES) {
    const field = 'message.apns.headers.apns-collapse-id';
    return badPayload(field, `apns-collapse-id is longer than ${MAX_COLLAPSE_ID_BYTES} bytes`);
  }
  return undefined;
}
