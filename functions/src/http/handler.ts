import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Scope } from '../contract/codes.ts';
import { ProblemError } from '../contract/problem.ts';
import type { Clock, Log } from '../ports.ts';
import { ClientLeft, writeAnswer } from './answer.ts';
import { checkDigest, checkEnvelope, encodingOf } from './body.ts';
import { problemHeaders, problemOf, toProblemError, traceOf } from './problem.ts';
import type { Route } from './route.ts';
import { createRouter } from './router.ts';
import { createRoutes } from './routes.ts';
import { sentHeaders } from './sentBytes.ts';
import type { Nonces, Service } from './service.ts';
import { nonceOf, TokenError, type TokenVerifier, type Verified } from './token.ts';

/** What the handler reads of a request; Express's fits, with the `rawBody` that the Functions Framework adds. */
export interface ApiRequest {
  readonly method?: string | undefined;
  /** Path and query as sent, without the function's own name. */
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** The body bytes as sent: see `keepSentBytes`. */
  readonly rawBody?: Uint8Array | undefined;
}

export interface HandlerDeps {
  readonly service: Service;
  readonly nonces: Nonces;
  readonly verifyToken: TokenVerifier;
  readonly clock: Pick<Clock, 'now'>;
  /** A name nobody else has: the caller is given it, and what failed is logged under it. */
  readonly newRequestId: () => string;
  readonly log: Log;
}

export type Handler = (request: ApiRequest, response: ServerResponse) => Promise<void>;

const NO_BYTES = new Uint8Array(0);

/** Serves the HTTP contract. The handler never rejects. */
export function createHandler(deps: HandlerDeps): Handler {
  const findRoute = createRouter(createRoutes());
  return async (request, response) => {
    const requestId = deps.newRequestId();
    const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-request-id': requestId };
    try {
      const [path, query] = splitUrl(request.url ?? '/');
      const match = findRoute(request.method ?? '', path);
      if (match.kind === 'wrong-method') response.setHeader('allow', match.allow.join(', '));
      if (match.kind !== 'route') throw refusalOf(match.kind);
      const verified = await admit(deps, match.route, request, requestId);
      const encoding = encodingOf(sentHeaders(request)) ?? 'identity';
      const input = { params: match.params, query, bytes: request.rawBody ?? NO_BYTES, encoding };
      const answer = await match.route.handle(deps.service, input, verified?.caller ?? null);
      await writeAnswer(response, answer, headers);
    } catch (error) {
      await answerFailure(deps.log, response, error, { requestId, headers });
    }
  };
}

/**
 * All that stands before a request's content is looked at, in this order: the signature, the scope, the envelope, the
 * digest, and the `jti`, which is spent by nobody but its owner because everything before it held.
 *
 * @returns null for a route without a scope.
 */
async function admit(
  deps: HandlerDeps,
  route: Route,
  request: ApiRequest,
  requestId: string,
): Promise<Verified | null> {
  const bytes = request.rawBody ?? NO_BYTES;
  if (route.scope === null) {
    checkEnvelope(sentHeaders(request), bytes.length, route.body);
    return null;
  }
  const verified = await authenticate(deps, request, requestId);
  checkScope(verified, route.scope);
  checkEnvelope(sentHeaders(request), bytes.length, route.body);
  checkDigest(bytes, verified.claims.bdg);
  if (route.changes) await spendNonce(deps, verified, requestId);
  return verified;
}

async function authenticate(deps: HandlerDeps, request: ApiRequest, requestId: string): Promise<Verified> {
  try {
    return await deps.verifyToken(request.headers.authorization, deps.clock.now());
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    deps.log.warn('token_refused', { requestId, fault: error.fault });
    throw unauthenticated();
  }
}

function checkScope({ caller }: Verified, scope: Scope): void {
  if (!caller.scopes.includes(scope)) throw new ProblemError('forbidden', `The call needs the scope ${scope}.`);
}

async function spendNonce(deps: HandlerDeps, { claims }: Verified, requestId: string): Promise<void> {
  const { key, expiresAtMs } = nonceOf(claims);
  if (await deps.nonces.takeOnce(key, expiresAtMs)) return;
  deps.log.warn('token_refused', { requestId, fault: 'replayed' });
  throw unauthenticated();
}

/** The same words whatever the reason: a prober learns nothing from the difference. */
function unauthenticated(): ProblemError {
  return new ProblemError('unauthenticated', 'The request needs a bearer token that holds.');
}

function refusalOf(kind: 'none' | 'wrong-method'): ProblemError {
  return kind === 'none'
    ? new ProblemError('not_found', 'There is nothing at this path.')
    : new ProblemError('method_not_allowed', 'The header Allow lists what this path takes.');
}

interface Exchange {
  readonly requestId: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function answerFailure(log: Log, response: ServerResponse, error: unknown, exchange: Exchange): Promise<void> {
  const { requestId, headers } = exchange;
  if (error instanceof ClientLeft) {
    log.info('client_left', { requestId });
    return;
  }
  const problem = toProblemError(error, requestId);
  if (problem !== error) log.error('request_failed', { requestId, answered: problem.code, ...traceOf(error) });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const json = problemOf(problem);
  const answer = { status: json.status, json, contentType: 'application/problem+json' };
  await writeAnswer(response, answer, { ...headers, ...problemHeaders(problem.code) });
}

function splitUrl(url: string): [path: string, query: string] {
  const mark = url.indexOf('?');
  return mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}
