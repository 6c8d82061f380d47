import { ConnectionError, ErrorCode, MAX_WINDOW_BYTES, Setting } from './frames.ts';

/**
 * Reads the payload of the client's SETTINGS frame (RFC 9113, 6.5).
 *
 * Calls `change` for each known, valid setting. Unknown ones are ignored, as the RFC asks.
 * @throws ConnectionError for a value out of bounds.
 */
export function readSettings(
  bytes: Buffer,
  start: number,
  end: number,
  change: (setting: number, value: number) => void,
): void {
  if ((end - start) % 6 !== 0) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'SETTINGS not a multiple of 6');
  for (let at = start; at < end; at += 6) {
    const setting = bytes.readUInt16BE(at);
    const value = bytes.readUInt32BE(at + 2);
    validate(setting, value);
    change(setting, value);
  }
}

function validate(setting: number, value: number): void {
  if (setting === Setting.ENABLE_PUSH && value > 1) {
    throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'ENABLE_PUSH is 0 or 1');
  }
  if (setting === Setting.INITIAL_WINDOW_SIZE && value > MAX_WINDOW_BYTES) {
    throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, 'INITIAL_WINDOW_SIZE above 2^31-1');
  }
  if (setting === Setting.MAX_FRAME_SIZE && (value < 16_384 || value > 16_777_215)) {
    throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'MAX_FRAME_SIZE outside 2^14 to 2^24-1');
  }
}
