import { setTimeout as delay } from 'node:timers/promises';
import type { BongsuClient, CampaignView } from '../../client/index.ts';
import { sumOf } from '../demo/checks.ts';
import { Stall } from '../demo/stall.ts';

const LOOK_EVERY_MS = 1_000;
/** The API may stand still, or be on its way up again. */
const LOOK_LIMIT_MS = 5_000;

/** A running campaign as it was when the API last answered. */
export class Followed {
  readonly id: string;
  readonly #client: BongsuClient;
  readonly #stall = new Stall();
  #seen: CampaignView | null = null;

  constructor(id: string, client: BongsuClient) {
    this.id = id;
    this.#client = client;
  }

  /** Messages that have an outcome. */
  get done(): number {
    return this.#seen === null ? 0 : sumOf(this.#seen.outcomes);
  }

  get isOver(): boolean {
    return this.#seen !== null && this.#seen.state !== 'running' && this.#seen.state !== 'scheduled';
  }

  /**
   * Looks at it until it is over. An API that does not answer is asked again: it is among what is troubled.
   * @throws Error when nothing has happened for five minutes
   */
  async toTheEnd(onLook: () => void, signal: AbortSignal): Promise<CampaignView> {
    for (;;) {
      const seen = await this.#look(signal);
      if (seen !== null) {
        this.#seen = seen;
        this.#stall.check(this.done, seen, performance.now());
        onLook();
        if (this.isOver) return seen;
      }
      await delay(LOOK_EVERY_MS, undefined, { signal });
    }
  }

  async #look(signal: AbortSignal): Promise<CampaignView | null> {
    try {
      return await this.#client.campaign(this.id, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(LOOK_LIMIT_MS)]),
      });
    } catch {
      signal.throwIfAborted();
      return null;
    }
  }
}
