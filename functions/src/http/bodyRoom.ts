import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { NDJSON_MAX_BYTES } from './body.ts';
import { REQUEST_START } from './sentBytes.ts';

/** Smaller bodies never wait: 40 of them, which is all that an instance is given at once, take 40 MiB. */
const SMALL_BYTES = 1_048_576;
/** Whoever takes longer to send its body is not waited for: a slow caller must not keep the others out. */
const ARRIVAL_MS = 20_000;

interface Guest {
  readonly request: IncomingMessage;
  readonly bytes: number;
}

/**
 * Bounds the bytes of large bodies that an instance takes in and works on at the same time. The Functions Framework
 * gathers each body whole, in pieces and then once more in one piece, before a function is called; so a body that has no
 * room yet is left on its connection, where it costs this process nothing. Requests are let in by the order they came.
 *
 * @param mostBytes one body larger than that is still let in alone
 * @param arrivalMs from being let in until a body must be here to keep its room
 * @returns ends it.
 */
export function boundBodies(mostBytes: number, arrivalMs = ARRIVAL_MS): () => void {
  const room = new BodyRoom(mostBytes, arrivalMs);
  const meet = (message: unknown): void => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    room.receive(request, response);
  };
  subscribe(REQUEST_START, meet);
  return () => void unsubscribe(REQUEST_START, meet);
}

class BodyRoom {
  readonly #mostBytes: number;
  readonly #arrivalMs: number;
  readonly #waiting = new Set<Guest>();
  readonly #inside = new Set<Guest>();
  #bytes = 0;

  constructor(mostBytes: number, arrivalMs: number) {
    this.#mostBytes = mostBytes;
    this.#arrivalMs = arrivalMs;
  }

  receive(request: IncomingMessage, response: ServerResponse): void {
    const guest = { request, bytes: bodyBytes(request) };
    if (guest.bytes <= SMALL_BYTES) return;
    response.once('close', () => this.#leave(guest));
    if (this.#waiting.size === 0 && this.#hasRoomFor(guest)) {
      this.#letIn(guest);
      return;
    }
    // Paused by hand, it stays so when somebody begins to listen for its data.
    request.pause();
    this.#waiting.add(guest);
  }

  #hasRoomFor({ bytes }: Guest): boolean {
    return this.#inside.size === 0 || this.#bytes + bytes <= this.#mostBytes;
  }

  #letIn(guest: Guest): void {
    this.#inside.add(guest);
    this.#bytes += guest.bytes;
    this.#watchArrival(guest);
  }

  #leave(guest: Guest): void {
    this.#waiting.delete(guest);
    if (this.#inside.delete(guest)) this.#bytes -= guest.bytes;
    for (const next of this.#waiting) {
      if (!this.#hasRoomFor(next)) return;
      this.#waiting.delete(next);
      this.#letIn(next);
      next.request.resume();
    }
  }

  #watchArrival(guest: Guest): void {
    const late = setTimeout(() => this.#leave(guest), this.#arrivalMs);
    late.unref();
    guest.request.once('end', () => clearTimeout(late));
    guest.request.once('close', () => clearTimeout(late));
  }
}

/** As announced; without a length as much as a body may have. */
function bodyBytes({ headers }: IncomingMessage): number {
  if (headers['transfer-encoding'] !== undefined) return NDJSON_MAX_BYTES;
  return Number(headers['content-length'] ?? 0);
}
