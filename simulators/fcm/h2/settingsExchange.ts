import { ConnectionError, ErrorCode, Flag, Setting } from './frames.ts';
import type { FrameWriter } from './frameWriter.ts';
import { readSettings } from './peerSettings.ts';
import type { Responses } from './responses.ts';
import type { StreamTable } from './streamTable.ts';

/** SETTINGS in both directions. Ours bind the client only from its acknowledgement on (RFC 9113, 6.5.3). */
export class SettingsExchange {
  readonly #writer: FrameWriter;
  readonly #responses: Responses;
  readonly #streams: StreamTable;
  readonly #announced: number[] = [];
  /** True once the client's first SETTINGS frame has come. */
  seen = false;
  /** The limit in force: the last one that the client has acknowledged. */
  maxConcurrentStreams = Infinity;

  constructor(writer: FrameWriter, responses: Responses, streams: StreamTable) {
    this.#writer = writer;
    this.#responses = responses;
    this.#streams = streams;
  }

  announce(maxConcurrentStreams: number, others: readonly (readonly [number, number])[] = []): void {
    this.#announced.push(maxConcurrentStreams);
    this.#writer.settings([[Setting.MAX_CONCURRENT_STREAMS, maxConcurrentStreams], ...others]);
  }

  receive(flags: number, bytes: Buffer, start: number, end: number): void {
    if (flags & Flag.ACK) {
      this.#acknowledged(end - start);
      return;
    }
    this.seen = true;
    readSettings(bytes, start, end, (setting, value) => {
      if (setting !== Setting.INITIAL_WINDOW_SIZE) return;
      this.#responses.changeInitialWindow(value, this.#streams.values());
    });
    this.#writer.settingsAck();
  }

  #acknowledged(length: number): void {
    if (length !== 0) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'SETTINGS ACK has no payload');
    this.maxConcurrentStreams = this.#announced.shift() ?? this.maxConcurrentStreams;
  }
}
