/** Numbers that look random and are the same on every machine for the same seed. */
export interface Random {
  /** 0 to 2^32 - 1. */
  next(): number;
  /** A whole number from 0, below `bound` (at most 2^32). */
  below(bound: number): number;
  /** True in this share of all cases, 0 to 1. */
  chance(share: number): boolean;
  pick<T>(choices: readonly [T, ...T[]]): T;
  /** This many characters of base64url. */
  text(length: number): string;
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const TWO_32 = 2 ** 32;
/** Rounds after which every bit of the seed has reached every bit of the state. */
const WARM_UP_ROUNDS = 12;

/**
 * A stream of its own for each pair of seed and index, so that any member can be made without the ones before.
 *
 * sfc32 of PractRand (Chris Doty-Humphrey, public domain): its 128 bits of state keep the streams of 10^8 members
 * apart, where a generator with 32 bits (mulberry32) gives two members the same addresses from about 10^5 on.
 *
 * @param seed 0 to 2^32 - 1.
 * @param index 0 to 2^53 - 1.
 */
export function randomFor(seed: number, index: number): Random {
  const next = sfc32(seed >>> 0, index >>> 0, Math.floor(index / TWO_32));
  const below = (bound: number): number => Math.floor((next() / TWO_32) * bound);
  return {
    next,
    below,
    chance: (share) => next() < share * TWO_32,
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
    text: (length) => text(next, length),
  };
}

function sfc32(seed: number, low: number, high: number): () => number {
  let a = seed | 0;
  let b = low | 0;
  let c = high | 0;
  let counter = 1;
  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) next();
  return next;
}

/** Five characters of 6 bits out of each number of 32. */
function text(next: () => number, length: number): string {
  let characters = '';
  while (characters.length < length) {
    let bits = next();
    for (let taken = 0; taken < 5 && characters.length < length; taken += 1) {
      characters += BASE64URL[bits & 63];
      bits >>>= 6;
    }
  }
  return characters;
}
