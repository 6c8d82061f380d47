/** A fault planted in the pipeline's source: the simulation must find it. */
export interface Mutant {
  readonly name: string;
  /** Below `functions/src/`. */
  readonly file: string;
  /** Found exactly once in the file. */
  readonly snippet: string;
  readonly replacement: string;
}
