import { dutyOf } from '../core/lifecycle.ts';
import { readCampaignRecord } from '../store/campaigns.ts';
import type { Meter } from '../store/meter.ts';
import type { CampaignRecord } from '../store/records.ts';
import { nameOf } from './failure.ts';
import { campaignTiming } from './schedule.ts';

/**
 * How often an instance looks whether a campaign that it sends still runs. It costs one read for some thousand messages,
 * and leaves 4 of the 5 s in which the last POST must have arrived to those that are on the connections already: on a
 * machine without a core to spare these took up to 3.6 s.
 */
export const LOOK_MS = 1_000;

/** Keeps an eye on the campaign that an invocation sends for. */
export class CampaignWatch {
  readonly #meter: Meter;
  readonly #stop = new AbortController();
  /** From then on nothing is sent, whatever the campaign's record says. */
  readonly #untilMs: number;
  readonly #probes: boolean;
  #campaign: CampaignRecord;

  /** @param probes it asks whether FCM answers again, while all others rest */
  constructor(meter: Meter, campaign: CampaignRecord, probes = false) {
    this.#probes = probes;
    this.#meter = meter;
    this.#campaign = campaign;
    this.#untilMs = campaignTiming(meter.world, campaign.request).untilMs;
  }

  /** Aborted once the campaign may send nothing more; what has not been posted by then must not be. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  duty(): ReturnType<typeof dutyOf> {
    const duty = dutyOf(this.#campaign);
    if (duty !== 'send') return duty;
    if (this.#meter.world.clock.now() >= this.#untilMs) return 'expired';
    return this.#campaign.health.outage === null || this.#probes ? 'send' : 'rest';
  }

  /** The conductor's turn that the campaign was last seen at. */
  get tick(): number {
    return this.#campaign.tick;
  }

  /** The campaign waits to hear how the first of its messages fare. */
  get isCanary(): boolean {
    return this.#campaign.health.canary !== 'passed';
  }

  /** What one range may send in a second: nothing where the conductor has been silent for too long. */
  rangePerSecond(): number {
    const { rangePerSecond, untilMs } = this.#campaign.pace;
    return this.#meter.world.clock.now() < untilMs ? rangePerSecond : 0;
  }

  /** Looks again and again until `done`. A look that fails is made up for by the next. */
  async run(done: AbortSignal): Promise<void> {
    const { looks, documents, log } = this.#meter.world;
    const campaignId = this.#campaign.id;
    while (!done.aborted && !this.signal.aborted) {
      try {
        const stored = await looks.next(campaignId, () => readCampaignRecord(documents, campaignId), done);
        if (stored !== null) this.#campaign = stored.record;
      } catch (failure) {
        log.warn('a campaign could not be looked at', { campaignId, reason: nameOf(failure) });
      }
      if (this.duty() !== 'send') this.#stop.abort();
    }
  }
}
