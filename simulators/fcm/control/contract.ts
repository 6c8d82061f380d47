import type { FaultBoard } from '../faults/board.ts';
import type { FrontDoor } from '../frontDoor.ts';
import type { Recorder } from '../record/recorder.ts';

/** What the control API shows and moves. */
export interface Controlled {
  readonly faults: FaultBoard;
  readonly door: FrontDoor;
  readonly certificate: string | undefined;
  readonly recorder: () => Recorder;
  readonly now: () => number;
  readonly reset: () => void;
}

/** An answer before it is written: one JSON value, a text, or rows that are streamed as NDJSON. */
export type Answer =
  | { readonly status: number; readonly json: unknown; readonly allow?: string }
  | { readonly status: number; readonly text: string }
  | { readonly status: number; readonly rows: Iterable<unknown> };
