import { Packer, type Pack } from '../core/pack.ts';
import { resolveRecipient, type Draft } from '../core/resolve.ts';
import type { Sending } from './sendBatch.ts';

/**
 * What was looked up holds for this long: a consent that is withdrawn is honoured as soon as a pause is. Who sends without
 * waiting is through with what was read ahead before that.
 */
const LOOK_UP_HOLDS_MS = 5_000;

/** Is it to be looked up again before anything of it is sent? */
export function isOutdated(lookedUpAtMs: number, nowMs: number): boolean {
  return nowMs - lookedUpAtMs > LOOK_UP_HOLDS_MS;
}

/**
 * A batch that had to wait, with its recipients as they are now. Those who have more addresses than before may not fit
 * into it any more: then they are the batches that follow. What came with an upload cannot have changed, and is not
 * asked for.
 */
export async function lookAgain(
  { meter, source, mailing }: Sending,
  pack: Pack,
  pushesPerBatch: number,
): Promise<readonly [Pack, ...Pack[]]> {
  const { clock } = meter.world;
  const mayHaveChanged = (draft: Draft): boolean => draft.push !== null && source.memberNoOf(draft) !== null;
  const keys = new Set(pack.drafts.filter(mayHaveChanged).map(({ key }) => key));
  if (keys.size === 0) return [pack];
  const lookedUpAtMs = clock.now();
  const recipients = await source.find(pack, keys);
  const packer = new Packer(pushesPerBatch);
  const packs: Pack[] = [];
  for (const [key, before] of Map.groupBy(pack.drafts, (draft) => draft.key)) {
    const recipient = recipients.get(key);
    const drafts = recipient === undefined ? before : resolveRecipient(mailing, recipient, clock.now());
    // Somewhere between the two: whoever looks for a key of the batch looks through all of them.
    const full = packer.add(pack.from, drafts, lookedUpAtMs);
    if (full !== null) packs.push(full);
  }
  const last = packer.flush();
  if (last !== null) packs.push(last);
  const [first = pack, ...more] = packs.map((one) => ({ ...one, from: pack.from, to: pack.to }));
  return [first, ...more];
}
