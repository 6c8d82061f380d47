/**
 * Huffman decoding of header strings (RFC 7541, appendix B).
 *
 * The code is canonical: among codes of one length, values rise with the symbol, and each length starts where the
 * shorter one ended. So the lengths alone define it, and they are all that is written down here.
 */
// prettier-ignore
const CODE_LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];
const END_OF_STRING = 256;
const SHORTEST_CODE_BITS = 5;
const LONGEST_CODE_BITS = 30;

/** Inner nodes of the code tree, two slots each: a child's node number, or -(symbol + 1) for a leaf. */
const TREE = buildTree();

function buildTree(): Int16Array {
  const tree = new Int16Array(2 * END_OF_STRING);
  let nodes = 1;
  let code = 0;
  const place = (bits: number, symbol: number): void => {
    let node = 0;
    for (let bit = bits - 1; bit > 0; bit -= 1) {
      const slot = 2 * node + ((code >>> bit) & 1);
      if (tree[slot] === 0) tree[slot] = nodes++;
      node = tree[slot] ?? 0;
    }
    tree[2 * node + (code & 1)] = -(symbol + 1);
  };
  for (let bits = SHORTEST_CODE_BITS; bits <= LONGEST_CODE_BITS; bits += 1) {
    code <<= 1;
    for (const [symbol, length] of CODE_LENGTHS.entries()) {
      if (length !== bits) continue;
      place(bits, symbol);
      code += 1;
    }
  }
  return tree;
}

const EMITS = 1 << 16;
const WRONG = -1;

/**
 * What four more bits do at each inner node: the next node in the low 8 bits; with EMITS, a symbol in bits 8 to 15.
 * No code is shorter than five bits, so four bits never complete two symbols.
 */
const STEPS = buildSteps();

/** 1 for the nodes at which a string may end: the root, and those reached by at most seven ones (RFC 7541, 5.2). */
const MAY_END = buildMayEnd();

function buildSteps(): Int32Array {
  const steps = new Int32Array(256 * 16);
  for (let from = 0; from < 256; from += 1) {
    for (let nibble = 0; nibble < 16; nibble += 1) steps[from * 16 + nibble] = stepOf(from, nibble);
  }
  return steps;
}

function stepOf(from: number, nibble: number): number {
  let node = from;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit -= 1) {
    node = TREE[2 * node + ((nibble >>> bit) & 1)] ?? 0;
    if (node >= 0) continue;
    const symbol = -node - 1;
    if (symbol === END_OF_STRING) return WRONG;
    emitted = EMITS | (symbol << 8);
    node = 0;
  }
  return emitted | node;
}

function buildMayEnd(): Uint8Array {
  const mayEnd = new Uint8Array(256);
  let node = 0;
  for (let ones = 0; ones <= 7; ones += 1) {
    mayEnd[node] = 1;
    node = TREE[2 * node + 1] ?? 0;
  }
  return mayEnd;
}

/**
 * Decodes octets `start` to `end` into a Latin-1 string.
 *
 * Returns undefined where the coding is wrong: the end-of-string symbol inside, padding of more than 7 bits, or
 * padding that is not all ones (RFC 7541, 5.2).
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string | undefined {
  const text = Buffer.allocUnsafe(Math.ceil(((end - start) * 8) / SHORTEST_CODE_BITS));
  let length = 0;
  let node = 0;
  for (let at = start; at < end; at += 1) {
    const octet = bytes[at] ?? 0;
    for (let shift = 4; shift >= 0; shift -= 4) {
      const step = STEPS[node * 16 + ((octet >>> shift) & 0xf)] ?? WRONG;
      if (step === WRONG) return undefined;
      if (step & EMITS) text[length++] = (step >>> 8) & 0xff;
      node = step & 0xff;
    }
  }
  return MAY_END[node] === 1 ? text.toString('latin1', 0, length) : undefined;
}
