/** 32-bit hash of a text (FNV-1a over UTF-16 units, then murmur3's finalizer). Not for adversaries. */
export function hash32(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mix32(hash);
}

/** 53-bit hash of a text: a collision among a million texts has odds of about 1 in 18,000. */
export function hash53(text: string): number {
  let high = 0x811c9dc5;
  let low = 0x9e3779b9;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 0x01000193);
    low = Math.imul(low ^ unit, 0x5bd1e995);
  }
  return mix32(high ^ Math.imul(low, 3)) * 2 ** 21 + (mix32(low) >>> 11);
}

export function mix32(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * A number in [0, 1) that depends on nothing but its arguments: the same seed meets the same messages with the same
 * faults, in whatever order they arrive.
 */
export function draw(seed: number, address: string, attempt: number, salt: number): number {
  return mix32(hash32(address, seed) + Math.imul(attempt + 1, 0x9e3779b1) + Math.imul(salt, 0x7feb352d)) / 2 ** 32;
}
