type TypedArray = Uint8Array | Uint32Array | Float64Array;

/** A growing column of numbers in a typed array: 1 to 8 octets a row, where an array of objects takes a hundred. */
export class Column<Values extends TypedArray> {
  #values: Values;
  readonly #allocate: (length: number) => Values;
  #length = 0;

  constructor(allocate: (length: number) => Values) {
    this.#allocate = allocate;
    this.#values = allocate(1024);
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#values.byteLength;
  }

  /** Appends a row and returns its number. */
  push(value: number): number {
    if (this.#length === this.#values.length) {
      const larger = this.#allocate(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length] = value;
    return this.#length++;
  }

  /** The value of a row; 0 outside the column. */
  get(row: number): number {
    return this.#values[row] ?? 0;
  }

  set(row: number, value: number): void {
    this.#values[row] = value;
  }
}

export const uint8Column = (): Column<Uint8Array> => new Column((length) => new Uint8Array(length));
export const uint32Column = (): Column<Uint32Array> => new Column((length) => new Uint32Array(length));
export const float64Column = (): Column<Float64Array> => new Column((length) => new Float64Array(length));
