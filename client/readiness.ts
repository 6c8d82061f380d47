import { parseJson } from './answer.ts';
import { BongsuAnswerError } from './errors.ts';

export interface Readiness {
  readonly ready: boolean;
  /** Each thing the API depends on: `reachable`, or what is wrong. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** @throws BongsuAnswerError */
export async function readReadiness(response: Response): Promise<Readiness> {
  const answer = parseJson(await response.text(), 'the answer to GET /v1/ready');
  if (!isReadiness(answer)) throw new BongsuAnswerError('the answer to GET /v1/ready is not what the contract says');
  return answer;
}

function isReadiness(value: unknown): value is Readiness {
  if (!isObject(value) || typeof value['ready'] !== 'boolean' || !isObject(value['dependencies'])) return false;
  return Object.values(value['dependencies']).every((state) => typeof state === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
