import { FaultRuleError, parseFaultRule, type FaultRule } from '../core/faultRules.ts';
import type { TasksEngine } from '../engine/engine.ts';
import { taskReports, tasksReport } from '../engine/report.ts';
import { ControlError } from './httpError.ts';

export interface ControlRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The parsed body; undefined when there is none. */
  readonly body: unknown;
}

/** A value to be sent as JSON, or lines to be sent as NDJSON. */
export type ControlAnswer =
  { readonly kind: 'json'; readonly value: unknown } | { readonly kind: 'lines'; readonly values: readonly unknown[] };

const DEFAULT_SETTLE_MS = 10_000;

/** Serves one control request. Throws ControlError for one that names nothing or does not parse. */
export async function serveControl(engine: TasksEngine, request: ControlRequest): Promise<ControlAnswer> {
  const { query, body } = request;
  const route = `${request.method} ${request.path}`;
  switch (route) {
    case 'GET /health':
      return json({ status: 'ok', nowMs: engine.timeline.nowMs() });
    case 'GET /report':
      return json(tasksReport(engine));
    case 'GET /tasks':
      return json({ tasks: taskReports(engine, { queue: given(query, 'queue'), state: given(query, 'state') }) });
    case 'GET /attempts':
      return { kind: 'lines', values: attempts(engine, query) };
    case 'GET /oauth2/v3/certs':
      return json(engine.tokens.jwks());
    case 'POST /advance':
      return json(await advance(engine, body));
    case 'POST /reset':
      engine.reset();
      return json({ status: 'reset' });
    case 'GET /faults':
      return json(faultsInForce(engine));
    case 'PUT /faults':
      engine.faults.replaceAll(parseFaults(body));
      return json(faultsInForce(engine));
    case 'DELETE /faults':
      engine.faults.replaceAll([]);
      return json(faultsInForce(engine));
    default:
      return serveOneFault(engine, request);
  }
}

/** Reads the body of `PUT /faults`. Throws ControlError 400 naming the rule that is wrong. */
function parseFaults(body: unknown): FaultRule[] {
  const { faults } = (typeof body === 'object' && body !== null ? body : {}) as { faults?: unknown };
  if (!Array.isArray(faults)) throw new ControlError(400, 'the body must be {"faults": [...]}');
  return faults.map((fault, index) => parseFault(fault, `fault-${index + 1}`));
}

function serveOneFault(engine: TasksEngine, request: ControlRequest): ControlAnswer {
  const [, id] = /^\/faults\/([A-Za-z0-9_.-]{1,100})$/.exec(request.path) ?? [];
  if (id !== undefined && request.method === 'PUT') {
    engine.faults.put({ ...parseFault(request.body, id), id });
    return json(faultsInForce(engine));
  }
  if (id !== undefined && request.method === 'DELETE') {
    if (!engine.faults.remove(id)) throw new ControlError(404, `no fault "${id}"`);
    return json(faultsInForce(engine));
  }
  throw new ControlError(404, `no route ${request.method} ${request.path}`);
}

function parseFault(fault: unknown, id: string): FaultRule {
  try {
    return parseFaultRule(fault, id);
  } catch (error) {
    if (error instanceof FaultRuleError) throw new ControlError(400, `${id}: ${error.message}`);
    throw error;
  }
}

function faultsInForce(engine: TasksEngine): { faults: object[] } {
  return {
    faults: engine.faults.list().map(({ rule, applied }) => {
      const { action, ...common } = rule;
      return { ...common, ...action, applied };
    }),
  };
}

async function advance(engine: TasksEngine, body: unknown): Promise<object> {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const { ms, toMs, settleMs = DEFAULT_SETTLE_MS } = fields;
  if ((ms === undefined) === (toMs === undefined)) throw new ControlError(400, 'give either "ms" or "toMs"');
  const nowMs = engine.timeline.nowMs();
  const targetMs = ms === undefined ? wholeMs(toMs, 'toMs') : nowMs + wholeMs(ms, 'ms');
  const settled = await engine.advanceTo(targetMs, wholeMs(settleMs, 'settleMs'));
  return { nowMs: engine.timeline.nowMs(), settled };
}

function attempts(engine: TasksEngine, query: URLSearchParams): readonly unknown[] {
  const queue = given(query, 'queue');
  const task = given(query, 'task');
  const afterSeq = Number(given(query, 'afterSeq') ?? 0);
  if (!Number.isSafeInteger(afterSeq)) throw new ControlError(400, '"afterSeq" must be a whole number');
  return engine.journal.attempts
    .items()
    .filter((entry) => entry.seq > afterSeq)
    .filter((entry) => queue === undefined || entry.queue === queue)
    .filter((entry) => task === undefined || entry.task === task);
}

function given(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) ?? undefined;
}

function wholeMs(value: unknown, name: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new ControlError(400, `"${name}" must be a whole number of milliseconds, 0 or more`);
}

function json(value: unknown): ControlAnswer {
  return { kind: 'json', value };
}
