import { MinHeap } from '../core/minHeap.ts';
import type { DispatchPlan } from '../core/faultTable.ts';
import type { Place, TaskRecord } from './taskRecord.ts';

const COMPACT_ABOVE = 64;

/** The tasks of one queue that wait for an attempt, by due time and then by order of creation. */
export class QueueLine {
  readonly #heap = new MinHeap<Place>(
    (a, b) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.record.seq < b.record.seq),
  );
  #waiting = 0;

  get waiting(): number {
    return this.#waiting;
  }

  /** Gives the record a place; one that it already has becomes stale. */
  enter(record: TaskRecord, dueMs: number, plan: DispatchPlan | undefined): void {
    this.leave(record);
    record.place = { record, dueMs, plan };
    this.#heap.push(record.place);
    this.#waiting += 1;
  }

  leave(record: TaskRecord): void {
    if (record.place === undefined) return;
    record.place = undefined;
    this.#waiting -= 1;
    const stale = this.#heap.size - this.#waiting;
    if (stale > COMPACT_ABOVE && stale > this.#waiting) this.#heap.retain(isValid);
  }

  /** The first place in line, stale ones passed over. */
  head(): Place | undefined {
    for (;;) {
      const place = this.#heap.peek();
      if (place === undefined || isValid(place)) return place;
      this.#heap.pop();
    }
  }
}

function isValid(place: Place): boolean {
  return place.record.place === place;
}
