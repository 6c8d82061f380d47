import type { Delays } from './delays.ts';
import type { Exchange, Reply, RequestHandler, SendRequest } from './exchange.ts';
import type { FaultBoard } from './faults/board.ts';
import { parseMessage, type ParsedMessage } from './messages/parse.ts';
import { planBehaviour, type Act, type Decision, type Plan } from './messages/plan.ts';
import * as replies from './messages/replies.ts';
import type { Recorder } from './record/recorder.ts';

export interface ServiceParts {
  readonly faults: FaultBoard;
  readonly delays: Delays;
  /** The current account; another one after a reset. */
  readonly recorder: () => Recorder;
  /** Epoch milliseconds that never decrease. */
  readonly now: () => number;
  /** The only access token taken; any where undefined. */
  readonly accessToken: string | undefined;
}

const SEND_PATH = /^\/v1\/projects\/([^/?]+)\/messages:send(?:\?.*)?$/;
const BEARER = 'Bearer ';

/** FCM's `messages:send`: decides each POST on arrival, records it, then acts on the wire. */
export class FcmService {
  readonly #parts: ServiceParts;
  // All requests of a sender have one path: matching the last one again is a comparison of pointers.
  #lastPath = '';
  #lastProject: string | undefined;
  #sequence = 0;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  readonly handle: RequestHandler = (exchange, request) => {
    const project = request.method === 'POST' ? this.#projectOf(request.path) : undefined;
    const { delays, faults, now } = this.#parts;
    const recorder = this.#parts.recorder();
    if (project === undefined) {
      recorder.otherRequests += 1;
      exchange.respond(replies.PATH_NOT_FOUND);
      return;
    }
    const parsed = request.oversized ? OVERSIZED : parseMessage(request.body);
    const { addressId, attempt } = recorder.arrive(parsed.address);
    const plan = this.#decide(request, parsed, attempt, project);
    if (plan.decision === 'CUT_OFF') recorder.cutOff += 1;
    else recorder.decide(addressId, parsed.message, decisionOf(plan, parsed), now(), exchange.connectionId);
    const delayMs = plan.delayMs + faults.latencyMs(parsed.address, attempt);
    delays.run(delayMs, () => perform(exchange, plan.act));
  };

  #decide(request: SendRequest, parsed: ParsedMessage, attempt: number, project: string): Plan {
    const { faults } = this.#parts;
    const early = faults.beforeMessage() ?? this.#refuseToken(request.authorization) ?? faults.takeQuota();
    if (early) return early;
    if (parsed.refusal) return respond('INVALID_ARGUMENT', parsed.refusal);
    const own = parsed.behaviour;
    const ownHolds = own !== undefined && attempt < own.attempts;
    const behaviour = ownHolds ? own : faults.behaviourFor(parsed.address, attempt);
    if (!behaviour) return respond('accepted', this.#success(project));
    return planBehaviour(behaviour, parsed.message, () => this.#success(project));
  }

  #refuseToken(authorization: string): Plan | undefined {
    const { accessToken } = this.#parts;
    const given = authorization.startsWith(BEARER) ? authorization.slice(BEARER.length) : '';
    if (given !== '' && (accessToken === undefined || given === accessToken)) return undefined;
    return respond('UNAUTHENTICATED', replies.UNAUTHENTICATED);
  }

  #projectOf(path: string): string | undefined {
    if (path !== this.#lastPath) {
      this.#lastPath = path;
      this.#lastProject = SEND_PATH.exec(path)?.[1];
    }
    return this.#lastProject;
  }

  /** Names look like Google's (`0:<microseconds>%<hex>`) and are never given twice. */
  #success(project: string): Reply {
    this.#sequence += 1;
    const micros = Math.floor(this.#parts.now() * 1000);
    return replies.accepted(
      `projects/${project}/messages/0:${micros}%${this.#sequence.toString(16).padStart(16, '0')}`,
    );
  }
}

const OVERSIZED: ParsedMessage = {
  address: '',
  behaviour: undefined,
  message: {},
  validateOnly: false,
  refusal: replies.badJson('Request payload size exceeds the limit: 1048576 bytes.', []),
};

function decisionOf(plan: Plan, parsed: ParsedMessage): Decision {
  return plan.decision === 'accepted' && parsed.validateOnly ? 'validated' : plan.decision;
}

function respond(decision: Decision, reply: Reply): Plan {
  return { decision, delayMs: 0, act: { do: 'respond', reply } };
}

function perform(exchange: Exchange, act: Act): void {
  switch (act.do) {
    case 'respond':
      exchange.respond(act.reply);
      break;
    case 'respondAndGoAway':
      exchange.goAway();
      exchange.respond(act.reply);
      break;
    case 'respondPartly':
      exchange.respondPartly(act.reply, act.bodyBytes);
      break;
    case 'reset':
      exchange.reset(act.code);
      break;
    case 'destroyConnection':
      exchange.destroyConnection();
      break;
    case 'cutOff':
      exchange.cutOff();
      break;
    case 'nothing':
      break;
  }
}
