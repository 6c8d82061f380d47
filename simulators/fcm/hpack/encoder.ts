import { STATIC_TABLE } from './staticTable.ts';

const FULL_MATCH = new Map(STATIC_TABLE.map((field, at) => [`${field.name}\n${field.value}`, at + 1]));
const NAME_MATCH = new Map<string, number>();
for (const [at, field] of STATIC_TABLE.entries()) {
  if (!NAME_MATCH.has(field.name)) NAME_MATCH.set(field.name, at + 1);
}

/**
 * Encodes header fields without the dynamic table and without Huffman coding.
 *
 * So a block is the same on every connection whatever was sent before, is valid for a peer whose table size is 0,
 * and can be made once and copied into a million responses.
 */
export function encodeHeaderBlock(fields: Iterable<readonly [name: string, value: string]>): Buffer {
  const octets: number[] = [];
  for (const [name, value] of fields) {
    const index = FULL_MATCH.get(`${name}\n${value}`);
    if (index !== undefined) {
      pushInteger(octets, 0x80, 7, index);
      continue;
    }
    const nameIndex = NAME_MATCH.get(name) ?? 0;
    pushInteger(octets, 0x00, 4, nameIndex);
    if (nameIndex === 0) pushString(octets, name);
    pushString(octets, value);
  }
  return Buffer.from(octets);
}

function pushInteger(octets: number[], pattern: number, prefixBits: number, value: number): void {
  const prefixMax = (1 << prefixBits) - 1;
  if (value < prefixMax) {
    octets.push(pattern | value);
    return;
  }
  octets.push(pattern | prefixMax);
  let rest = value - prefixMax;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 0x80);
  octets.push(rest);
}

function pushString(octets: number[], text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  pushInteger(octets, 0x00, 7, bytes.length);
  for (const octet of bytes) octets.push(octet);
}
