import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { partAnswerSchema, type recipientSchema, type Seal } from '../functions/src/contract/recipient.ts';
import { parseAnswer } from './answer.ts';
import { forEachInFlight } from './concurrency.ts';
import { countedFromTheStart, limitsFrom, partsOf, type Part, type UploadLimits } from './parts.ts';
import type { Transport } from './transport.ts';

const compress = promisify(gzip);

/** A recipient as the main server writes it. */
export type RecipientInput = (typeof recipientSchema)['_zod']['input'];

export interface PutRecipientsOptions extends UploadLimits {
  /** Parts at once; 3 where absent. */
  readonly inFlight?: number;
  /** Whether parts go out in gzip; true where absent. Texts shrink to a fifth or less. */
  readonly gzip?: boolean;
  /** Called after each part that was stored; parts end in any order. */
  readonly onProgress?: (stored: Seal) => void;
  readonly signal?: AbortSignal;
}

/**
 * Uploads recipients in parts, numbered from 1. The same recipients and limits again make the same parts, so an upload
 * that was interrupted is resumed by doing it again: parts that are stored already are recognised by their bytes.
 *
 * @returns the seal: what `startCampaign` wants to know.
 * @throws BongsuError whose detail names the part, and whose `line`s count from the first recipient of the whole upload.
 */
export async function putRecipients(
  transport: Transport,
  campaignPath: string,
  recipients: Iterable<RecipientInput> | AsyncIterable<RecipientInput>,
  options: PutRecipientsOptions,
): Promise<Seal> {
  let stored: Seal = { parts: 0, recipients: 0 };
  const parts = numbered(partsOf(recipients, limitsFrom(options)));
  await forEachInFlight(parts, options.inFlight ?? 3, async ({ part, number }) => {
    const answer = await putPart(transport, `${campaignPath}/recipients/${number}`, part, options);
    stored = { parts: stored.parts + 1, recipients: stored.recipients + answer.recipients };
    options.onProgress?.(stored);
  });
  return stored;
}

async function* numbered(parts: AsyncIterable<Part>): AsyncGenerator<{ readonly part: Part; readonly number: number }> {
  let number = 0;
  for await (const part of parts) yield { part, number: (number += 1) };
}

async function putPart(transport: Transport, path: string, part: Part, options: PutRecipientsOptions) {
  const { signal } = options;
  const body = { type: 'application/x-ndjson', ...(await encode(part, options.gzip ?? true)) };
  try {
    return await transport.send({ method: 'PUT', path, body, signal }, async (response) =>
      parseAnswer(await response.text(), partAnswerSchema, `the answer to PUT ${path}`),
    );
  } catch (error) {
    throw countedFromTheStart(error, part);
  }
}

async function encode({ bytes }: Part, gzipped: boolean) {
  return gzipped ? { bytes: new Uint8Array(await compress(bytes)), encoding: 'gzip' as const } : { bytes };
}
