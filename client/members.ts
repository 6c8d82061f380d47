import { membersAnswerSchema, type memberSchema } from '../functions/src/contract/member.ts';
import { parseAnswer } from './answer.ts';
import { forEachInFlight } from './concurrency.ts';
import { countedFromTheStart, limitsFrom, partsOf, type Part, type UploadLimits } from './parts.ts';
import type { Transport } from './transport.ts';

/** A member as the main server writes it; what the contract has a default for may be left out. */
export type MemberInput = (typeof memberSchema)['_zod']['input'];

export interface PutMembersOptions extends UploadLimits {
  /** Requests at once; 3 where absent. */
  readonly inFlight?: number;
  /** Called after each request that was stored; parts end in any order. */
  readonly onProgress?: (stored: PutMembersResult) => void;
  readonly signal?: AbortSignal;
}

export interface PutMembersResult {
  /** Lines stored so far. */
  readonly members: number;
  /** Firestore documents written so far. */
  readonly pages: number;
  readonly requests: number;
}

/** @throws BongsuError whose `line`s count from the first member of the whole upload. */
export async function putMembers(
  transport: Transport,
  members: Iterable<MemberInput> | AsyncIterable<MemberInput>,
  options: PutMembersOptions,
): Promise<PutMembersResult> {
  let stored: PutMembersResult = { members: 0, pages: 0, requests: 0 };
  await forEachInFlight(partsOf(members, limitsFrom(options)), options.inFlight ?? 3, async (part) => {
    const answer = await putPart(transport, part, options.signal);
    stored = {
      members: stored.members + answer.members,
      pages: stored.pages + answer.pages,
      requests: stored.requests + 1,
    };
    options.onProgress?.(stored);
  });
  return stored;
}

async function putPart(transport: Transport, part: Part, signal: AbortSignal | undefined) {
  try {
    const body = { bytes: part.bytes, type: 'application/x-ndjson' };
    return await transport.send({ method: 'PUT', path: '/v1/members', body, signal }, async (response) =>
      parseAnswer(await response.text(), membersAnswerSchema, 'the answer to PUT /v1/members'),
    );
  } catch (error) {
    throw countedFromTheStart(error, part);
  }
}
