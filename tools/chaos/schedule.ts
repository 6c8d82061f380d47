import { randomFor, type Random } from '../members/random.ts';

/** One piece of trouble and when it is due, in milliseconds after the beginning. */
export interface Due {
  readonly kind: string;
  readonly atMs: number;
}

/** A process takes a second or two to come back, and should have done something by its next death. */
const KILL_EVERY_MS = 3_000;
/** All other kinds come round once in this time. */
const ROUND_MS = 45_000;
/** The trouble that begins last has this part of the time to end in. */
const LAST_SHARE = 0.9;

/**
 * When to do what. Kills come evenly, in the order of `kills`, which is gone through again and again; of the others each
 * comes once in a round, in an order that the seed decides.
 */
export function planTrouble(
  kinds: { readonly kills: readonly string[]; readonly others: readonly string[] },
  forMs: number,
  seed: number,
): Due[] {
  const random = randomFor(seed, 0);
  const lastMs = forMs * LAST_SHARE;
  const times = kinds.kills.length === 0 ? 0 : Math.max(kinds.kills.length, Math.ceil(forMs / KILL_EVERY_MS));
  const kills = spread(Array.from({ length: times }, (_, nth) => kinds.kills[nth % kinds.kills.length] ?? ''));
  const rounds = Math.max(1, Math.round(forMs / ROUND_MS));
  const others = spread(Array.from({ length: rounds }, () => shuffled(kinds.others, random)).flat());
  return [...kills, ...others].toSorted((a, b) => a.atMs - b.atMs);

  function spread(sequence: readonly string[]): Due[] {
    return sequence.map((kind, nth) => ({ kind, atMs: Math.round((lastMs * (nth + jitter())) / sequence.length) }));
  }

  function jitter(): number {
    return random.below(1_000) / 1_000;
  }
}

function shuffled(kinds: readonly string[], random: Random): string[] {
  const order = [...kinds];
  for (let place = order.length - 1; place > 0; place -= 1) {
    const other = random.below(place + 1);
    [order[place], order[other]] = [order[other] as string, order[place] as string];
  }
  return order;
}
