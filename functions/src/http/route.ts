import type { z } from 'zod';
import type { Scope } from '../contract/codes.ts';
import type { ProblemCode } from '../contract/problem.ts';
import { ProblemError } from '../contract/problem.ts';
import type { Answer } from './answer.ts';
import type { Body, BodyEncoding } from './body.ts';
import { readWith, refusal } from './fieldErrors.ts';
import type { Caller, Service } from './service.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** An answer that a route may give, for the OpenAPI document. */
export interface AnswerDoc {
  readonly status: number;
  readonly description: string;
  /** Of the body, or of one line of it; absent where there is no body. */
  readonly schema?: z.ZodType;
  readonly contentType?: 'application/json' | 'application/x-ndjson';
}

interface RouteDoc {
  readonly method: Method;
  /** With parameters in braces, such as `/v1/campaigns/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** What the token must hold; null where no token is asked for. */
  readonly scope: Scope | null;
  /** Whether it changes something, so that its token is good for one request. */
  readonly changes: boolean;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: Body<unknown> | null;
  readonly answers: readonly AnswerDoc[];
  /** Beyond those that every route of its kind may answer. */
  readonly problems: readonly ProblemCode[];
}

/** A request after everything but its content has been checked. */
export interface RawInput {
  /** Path segments by parameter name, still percent-encoded. */
  readonly params: ReadonlyMap<string, string>;
  /** What follows `?`, without it. */
  readonly query: string;
  readonly bytes: Uint8Array;
  readonly encoding: BodyEncoding;
}

export interface Route extends RouteDoc {
  /**
   * Parses the input and serves the request.
   * @param caller null for a route without a scope.
   * @throws ProblemError
   */
  handle(service: Service, input: RawInput, caller: Caller | null): Promise<Answer>;
}

interface RouteSpec<P extends z.ZodObject, Q extends z.ZodObject, B> extends RouteDoc {
  readonly params: P;
  readonly query: Q;
  readonly body: Body<B> | null;
  run(service: Service, input: { params: z.infer<P>; query: z.infer<Q>; body: B; caller: Caller }): Promise<Answer>;
}

/** Joins what a route documents with what it does, so that neither can be changed without the other. */
export function defineRoute<P extends z.ZodObject, Q extends z.ZodObject, B = null>(spec: RouteSpec<P, Q, B>): Route {
  return {
    ...spec,
    handle: async (service, raw, caller) => {
      const params = readParams(spec.params, raw.params);
      const query = readQuery(spec.query, raw.query);
      const body = (spec.body === null ? null : spec.body.read(raw.bytes, raw.encoding)) as B;
      return spec.run(service, { params, query, body, caller: caller ?? NOBODY });
    },
  };
}

const NOBODY: Caller = { iss: '', scopes: [] };

function readParams<P extends z.ZodObject>(schema: P, segments: ReadonlyMap<string, string>): z.infer<P> {
  const values = new Map<string, string>();
  for (const [name, segment] of segments) values.set(name, decodeSegment(segment));
  return readStrings(schema, values, 'path');
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ProblemError('bad_request', 'The path is not valid percent-encoding.');
  }
}

function readQuery<Q extends z.ZodObject>(schema: Q, query: string): z.infer<Q> {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (values.has(name)) throw refusal('bad_request', [{ field: `/query/${name}`, message: 'is given twice' }]);
    values.set(name, value);
  }
  return readStrings(schema, values, 'query');
}

/** An unknown name is refused: a filter that was silently dropped would answer another question. */
function readStrings<S extends z.ZodObject>(
  schema: S,
  values: ReadonlyMap<string, string>,
  place: 'path' | 'query',
): z.infer<S> {
  const result = readWith(schema, Object.fromEntries(values));
  if (result.ok) return result.value as z.infer<S>;
  throw refusal(
    'bad_request',
    result.errors.map((error) => ({ ...error, field: `/${place}${error.field}` })),
  );
}
