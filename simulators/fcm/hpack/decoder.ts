import { DynamicTable } from './dynamicTable.ts';
import { decodeHuffman } from './huffman.ts';
import { headerField, STATIC_TABLE, type HeaderField } from './staticTable.ts';

/** A header block that breaks RFC 7541. The tables of both ends no longer agree, so the connection must end. */
export class HpackError extends Error {
  override readonly name = 'HpackError';
}

/** Longest string or integer an honest peer can mean here; the transport bounds the block itself. */
const MAX_INTEGER = 2 ** 28;

/** Decodes the header blocks of one connection, in the order they arrive (RFC 7541). */
export class HpackDecoder {
  readonly #table: DynamicTable;
  readonly #maxTableBytes: number;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;

  /** @param maxTableBytes our SETTINGS_HEADER_TABLE_SIZE, the most that a size update may ask for. */
  constructor(maxTableBytes = 4096) {
    this.#maxTableBytes = maxTableBytes;
    this.#table = new DynamicTable(maxTableBytes);
  }

  /**
   * Decodes one whole header block.
   * @throws HpackError where the block is malformed; the decoder must not be used afterwards.
   */
  decode(bytes: Buffer, start: number, end: number): HeaderField[] {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    const fields: HeaderField[] = [];
    while (this.#at < this.#end) {
      const octet = bytes[this.#at] ?? 0;
      if (octet >= 0x80) fields.push(this.#indexed(this.#integer(7)));
      else if (octet >= 0x40) fields.push(this.#literalIndexed());
      else if (octet >= 0x20) this.#resize(fields.length > 0);
      // 0x10 is "never indexed", 0x00 "without indexing": the same to a decoder.
      else fields.push(this.#literal(this.#integer(4)));
    }
    return fields;
  }

  #indexed(index: number): HeaderField {
    const field = index <= STATIC_TABLE.length ? STATIC_TABLE[index - 1] : this.#table.get(index - 62);
    if (!field) throw new HpackError(`header table has no entry ${index}`);
    return field;
  }

  #literalIndexed(): HeaderField {
    const field = this.#literal(this.#integer(6));
    this.#table.add(field);
    return field;
  }

  #literal(nameIndex: number): HeaderField {
    const name = nameIndex === 0 ? this.#string() : this.#indexed(nameIndex).name;
    return headerField(name, this.#string());
  }

  #resize(afterField: boolean): void {
    if (afterField) throw new HpackError('table size update after the first field');
    const bytes = this.#integer(5);
    if (bytes > this.#maxTableBytes) throw new HpackError(`table size ${bytes} above ${this.#maxTableBytes}`);
    this.#table.resize(bytes);
  }

  /** An integer whose first octet has `prefixBits` bits for it (RFC 7541, 5.1). */
  #integer(prefixBits: number): number {
    const prefixMax = (1 << prefixBits) - 1;
    let value = this.#octet() & prefixMax;
    if (value < prefixMax) return value;
    for (let scale = 1; ; scale *= 128) {
      const octet = this.#octet();
      value += (octet & 0x7f) * scale;
      if (value > MAX_INTEGER || scale > MAX_INTEGER) throw new HpackError('integer too large');
      if (octet < 0x80) return value;
    }
  }

  #string(): string {
    const huffman = (this.#bytes[this.#at] ?? 0) >= 0x80;
    const length = this.#integer(7);
    const start = this.#at;
    const end = start + length;
    if (end > this.#end) throw new HpackError('string runs past the end of the block');
    this.#at = end;
    if (!huffman) return this.#bytes.toString('latin1', start, end);
    const text = decodeHuffman(this.#bytes, start, end);
    if (text === undefined) throw new HpackError('malformed Huffman coding');
    return text;
  }

  #octet(): number {
    if (this.#at >= this.#end) throw new HpackError('header block ends inside a field');
    return this.#bytes[this.#at++] ?? 0;
  }
}
