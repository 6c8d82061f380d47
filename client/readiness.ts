import { parseJson } from './answer.ts';
import { BongsuAnswerError } from './errors.ts';

export interface Readiness {
  readonly ready: boolean;
  /** `reachable`, or why not, by what the API depends on. */
  readonly checks: Readonly<Record<string, string>>;
}

/** @throws BongsuAnswerError for anything but a JSON object of texts. */
export async function readReadiness(response: Response): Promise<Readiness> {
  const checks = parseJson(await response.text(), 'the answer to GET /v1/ready');
  if (!isRecordOfTexts(checks)) throw new BongsuAnswerError('the answer to GET /v1/ready is no object of texts');
  return { ready: response.ok, checks };
}

function isRecordOfTexts(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string');
}
