import type { RangeSignal } from '../contract/signals.ts';
import { loadOf } from '../core/inFlight.ts';
import { Packer, type Pack } from '../core/pack.ts';
import { resolveRecipient } from '../core/resolve.ts';
import type { World } from '../ports.ts';
import { metered, type Meter } from '../store/meter.ts';
import { readCampaignRecord } from '../store/campaigns.ts';
import type { CampaignRecord } from '../store/records.ts';
import { RangeLease } from './lease.ts';
import { RangeLog } from './rangeLog.ts';
import { sendFirst, sendingOf, type Sending } from './sendBatch.ts';

/** The lease is renewed this often; whoever watches sees the range's progress as often. */
const HEARTBEAT_MS = 5_000;

/**
 * Walks one range: every recipient of it gets into the ledger, in batches of which a bounded number is in flight.
 * Comes again for the same range whenever Pub/Sub or the conductor thinks so, and then does what is left to do.
 */
export async function sendRange(world: World, signal: RangeSignal): Promise<void> {
  const meter = metered(world);
  const campaign = await readCampaignRecord(meter.world.documents, signal.campaignId);
  if (campaign === null || campaign.record.state !== 'running') {
    world.log.warn('a range was released for a campaign that does not run', { ...signal });
    return;
  }
  const lease = await RangeLease.take(meter, signal.campaignId, signal.range);
  if (lease === null) return;
  await new RangeWalk(meter, campaign.record, lease).run();
}

class RangeWalk {
  readonly #meter: Meter;
  readonly #lease: RangeLease;
  readonly #sending: Sending;
  readonly #log: RangeLog;
  readonly #startedAtMs: number;
  readonly #inFlight = new Set<Promise<void>>();
  #walkedTo: number;
  /** Set once: why nothing new is begun. */
  #stop: 'time' | 'lease' | { readonly failure: unknown } | null = null;

  constructor(meter: Meter, campaign: CampaignRecord, lease: RangeLease) {
    this.#meter = meter;
    this.#lease = lease;
    this.#sending = sendingOf(meter, campaign);
    this.#log = new RangeLog(this.#sending, lease.range);
    this.#startedAtMs = meter.world.clock.now();
    this.#walkedTo = lease.range.from - 1;
  }

  async run(): Promise<void> {
    const done = new AbortController();
    const heartbeat = this.#heartbeat(done.signal);
    try {
      await this.#walk();
    } catch (failure) {
      this.#stop ??= { failure };
    } finally {
      await Promise.all(this.#inFlight);
      done.abort();
      await heartbeat;
    }
    await this.#close();
  }

  async #walk(): Promise<void> {
    if (!(await this.#log.open())) {
      this.#stop = 'lease';
      return;
    }
    const { source, mailing } = this.#sending;
    const packer = new Packer(this.#meter.world.settings.pushesPerBatch);
    for await (const { position, recipient } of source.walk(this.#lease.range)) {
      if (this.#log.holds(recipient.key)) continue;
      const full = packer.add(position, resolveRecipient(mailing, recipient));
      if (full !== null) await this.#begin(full);
      if (this.#mustStop()) return;
      this.#walkedTo = position;
    }
    const rest = packer.flush();
    if (rest !== null) await this.#begin(rest);
  }

  /** Waits for room, claims the batch, and lets it go its way. */
  async #begin(pack: Pack): Promise<void> {
    const permit = await this.#meter.world.inFlight.acquire(loadOf(pack.drafts));
    try {
      if (this.#mustStop()) return permit.release();
      const claimed = await this.#log.claim(pack);
      if (claimed === null) {
        this.#stop = 'lease';
        return permit.release();
      }
      // It may have stood still while it claimed: then somebody else has taken the claim for a dead holder's.
      if (this.#stop === 'lease' || this.#lease.expired()) {
        this.#stop = 'lease';
        return permit.release();
      }
      const sent = sendFirst(this.#sending, claimed, pack.drafts, permit)
        .then((record) => this.#log.note(claimed.path, record))
        .catch((failure: unknown) => {
          this.#stop ??= { failure };
        })
        .finally(() => permit.release());
      this.#inFlight.add(sent);
      void sent.finally(() => this.#inFlight.delete(sent));
    } catch (failure) {
      permit.release();
      throw failure;
    }
  }

  #mustStop(): boolean {
    const { clock, settings } = this.#meter.world;
    if (this.#stop === null && this.#lease.expired()) this.#stop = 'lease';
    if (this.#stop === null && clock.now() - this.#startedAtMs >= settings.invocationMs) this.#stop = 'time';
    return this.#stop !== null;
  }

  async #heartbeat(done: AbortSignal): Promise<void> {
    const { clock, settings } = this.#meter.world;
    const everyMs = Math.min(HEARTBEAT_MS, settings.leaseMs / 3);
    while (!done.aborted) {
      await clock.sleep(everyMs, done);
      if (done.aborted || this.#stop !== null) continue;
      try {
        const held = await this.#lease.renew({ walkedTo: this.#walkedTo, totals: this.#log.sum() });
        if (!held) this.#stop = 'lease';
      } catch (failure) {
        this.#meter.world.log.warn('a lease could not be renewed', { reason: nameOf(failure) });
      }
    }
  }

  async #close(): Promise<void> {
    const { world } = this.#meter;
    const { campaignId } = this.#sending.mailing;
    const range = this.#lease.range.index;
    if (this.#stop === null) {
      await this.#lease.finish(this.#log.closed(), this.#log.openPaths());
      return;
    }
    if (this.#stop === 'lease') {
      world.log.warn('a range went to another holder', { campaignId, range });
      return;
    }
    if ((await this.#lease.handOn()) && this.#stop === 'time') await world.ranges.release([{ campaignId, range }]);
    if (this.#stop !== 'time') throw this.#stop.failure;
  }
}

function nameOf(failure: unknown): string {
  return failure instanceof Error ? failure.name : 'unknown';
}
