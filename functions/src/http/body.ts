import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import { ProblemError, type FieldError } from '../contract/problem.ts';
import { readWith, refusal } from './fieldErrors.ts';
import { readNdjson, type NdjsonChecks } from './ndjsonReader.ts';

/** Cloud Run takes no larger HTTP/1 request (https://cloud.google.com/run/quotas). */
const BODY_MAX_BYTES = 32 * 1024 * 1024;
/** The largest campaign holds a few texts and FCM's 4,096 bytes of payload. */
const JSON_MAX_BYTES = 1024 * 1024;
export const NDJSON_MAX_BYTES = 24 * 1024 * 1024;

/** How a body's bytes were encoded on their way. */
export type BodyEncoding = 'identity' | 'gzip';

/** A body that a route takes: its type, its limit, and how its bytes are read. */
export interface Body<T> {
  readonly contentType: 'application/json' | 'application/x-ndjson';
  readonly maxBytes: number;
  readonly required: boolean;
  /** Whether it may come with `Content-Encoding: gzip`; not where absent. */
  readonly gzip?: boolean;
  /** Of the body, or of one of its lines. */
  readonly schema: z.ZodType;
  /** @throws ProblemError `bad_json`, `body_too_large` or `invalid`. */
  read(bytes: Uint8Array, encoding: BodyEncoding): T;
}

export function jsonBody<T>(schema: z.ZodType<T>): Body<T> {
  return {
    contentType: 'application/json',
    maxBytes: JSON_MAX_BYTES,
    required: true,
    schema,
    read: (bytes) => readJson(bytes, schema),
  };
}

/** A JSON body that may be left out, which means the same as `{}`. */
export function optionalJsonBody<T>(schema: z.ZodType<T>): Body<T> {
  return {
    ...jsonBody(schema),
    required: false,
    read: (bytes) => readJson(bytes.length === 0 ? Buffer.from('{}') : bytes, schema),
  };
}

export function ndjsonBody<T>(schema: z.ZodType<T>, checks: NdjsonChecks<T>): Body<readonly T[]> {
  return {
    contentType: 'application/x-ndjson',
    maxBytes: NDJSON_MAX_BYTES,
    required: true,
    schema,
    read: (bytes) => readNdjson(bytes, schema, checks),
  };
}

/**
 * Refuses what can be refused by the headers and the length alone.
 * @param body what the route takes; null where it takes none.
 * @throws ProblemError `body_too_large`, `unsupported_media_type` or `bad_request`.
 */
export function checkEnvelope(headers: IncomingHttpHeaders, length: number, body: Body<unknown> | null): void {
  const maxBytes = body?.maxBytes ?? BODY_MAX_BYTES;
  if (length > maxBytes) throw new ProblemError('body_too_large', `The body has more than ${maxBytes} bytes.`);
  if (length === 0) {
    if (body?.required === true)
      throw new ProblemError('bad_request', `The request needs a body of ${body.contentType}.`);
    return;
  }
  if (body === null) throw new ProblemError('bad_request', 'The request takes no body.');
  const encoding = encodingOf(headers);
  if (encoding !== 'identity' && !(encoding === 'gzip' && body.gzip === true)) {
    const allowed = body.gzip === true ? 'gzip or none' : 'none';
    throw new ProblemError('unsupported_media_type', `The Content-Encoding of this body must be ${allowed}.`);
  }
  if (!isType(headers['content-type'], body.contentType)) {
    throw new ProblemError('unsupported_media_type', `The Content-Type must be ${body.contentType}, in UTF-8.`);
  }
}

/** The body's encoding; null for one that no route takes. */
export function encodingOf(headers: IncomingHttpHeaders): BodyEncoding | null {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  return encoding === 'identity' || encoding === 'gzip' ? encoding : null;
}

/**
 * Holds the body against the digest that the token carries.
 * @param digest the claim `bdg`: base64url SHA-256 of the bytes as sent.
 * @throws ProblemError `bad_digest`
 */
export function checkDigest(bytes: Uint8Array, digest: string | undefined): void {
  if (digest === undefined) {
    if (bytes.length === 0) return;
    throw new ProblemError('bad_digest', 'A request with a body needs the claim bdg in its token.');
  }
  if (createHash('sha256').update(bytes).digest('base64url') !== digest) {
    throw new ProblemError('bad_digest', 'The claim bdg is not the base64url SHA-256 of the body bytes.');
  }
}

function readJson<T>(bytes: Uint8Array, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    // The parser's own message quotes the body.
    throw new ProblemError('bad_json', 'The body is not JSON in UTF-8.');
  }
  const result = readWith(schema, value);
  if (!result.ok) throw refusal('invalid', result.errors satisfies FieldError[]);
  return result.value;
}

/** The type matches in any case; the one parameter that is understood is `charset=utf-8`. */
function isType(header: string | undefined, type: string): boolean {
  const [essence, ...parameters] = (header ?? '').toLowerCase().split(';');
  return essence?.trim() === type && parameters.every((parameter) => /^ *charset="?utf-8"? *$/.test(parameter));
}
