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
  for (let bits = 1; bits <= LONGEST_CODE_BITS; bits += 1) {
    code <<= 1;
    for (const [symbol, length] of CODE_LENGTHS.entries()) {
      if (length !== bits) continue;
      place(bits, symbol);
      code += 1;
    }
  }
  return tree;
}

/**
 * Decodes octets `start` to `end` into a Latin-1 string.
 *
 * Returns undefined where the coding is wrong: the end-of-string symbol inside, padding of more than 7 bits, or
 * padding that is not all ones (RFC 7541, 5.2).
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string | undefined {
  // The shortest code has 5 bits.
  const text = Buffer.allocUnsafe(Math.ceil(((end - start) * 8) / 5));
  let length = 0;
  let node = 0;
  let pendingBits = 0;
  let pendingOnes = true;
  for (let at = start; at < end; at += 1) {
    const octet = bytes[at] ?? 0;
    for (let shift = 7; shift >= 0; shift -= 1) {
      const bit = (octet >>> shift) & 1;
      const next = TREE[2 * node + bit] ?? 0;
      pendingBits += 1;
      pendingOnes &&= bit === 1;
      if (next >= 0) {
        node = next;
        continue;
      }
      const symbol = -next - 1;
      if (symbol === END_OF_STRING) return undefined;
      text[length++] = symbol;
      node = 0;
      pendingBits = 0;
      pendingOnes = true;
    }
  }
  return pendingBits <= 7 && pendingOnes ? text.toString('latin1', 0, length) : undefined;
}
