import type { RangeSignal } from '../contract/signals.ts';
import type { Ending } from '../contract/codes.ts';
import { NO_EVIDENCE } from '../core/gate.ts';
import { loadOf } from '../core/inFlight.ts';
import { Packer, type Pack } from '../core/pack.ts';
import { holdLapsed, resolveRecipient, type Draft } from '../core/resolve.ts';
import { isWaiting, WRITTEN_OFF } from '../core/verdict.ts';
import { shapeOf, TAKEN_WITHIN_MS, type Shape } from '../core/pace.ts';
import type { Permit, World } from '../ports.ts';
import { metered, type Meter } from '../store/meter.ts';
import { readCampaignRecord } from '../store/campaigns.ts';
import type { CampaignRecord } from '../store/records.ts';
import { withinCap } from './cap.ts';
import { nameOf } from './failure.ts';
import { isOutdated, lookAgain } from './lookAgain.ts';
import { RangeLease, type Progress } from './lease.ts';
import { Pacer } from './pacer.ts';
import { RangeLog } from './rangeLog.ts';
import { sendFirst, sendingOf, type Sending } from './sendBatch.ts';
import { CampaignWatch } from './watch.ts';

/** The lease is renewed this often; whoever watches sees the range's progress as often. */
const HEARTBEAT_MS = 5_000;
/** Places of recipients who cannot be read that a range names: enough to see what they have in common. */
const UNREADABLE_MAX = 10;
/** All others wait for the canary's answers. */
const CANARY_HEARTBEAT_MS = 1_000;
/** Handed on by a campaign that rests: whichever turn follows a resume releases it at once. */
const NEVER_RELEASED = 0;

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
  readonly #watch: CampaignWatch;
  readonly #sending: Sending;
  readonly #log: RangeLog;
  readonly #shape: Shape;
  readonly #pacer: Pacer;
  readonly #startedAtMs: number;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #unreadable = new Set<string>();
  #walkedTo: number;
  /** Set once: why nothing new is begun. */
  #stop: 'time' | 'lease' | 'rest' | { readonly failure: unknown } | null = null;

  constructor(meter: Meter, campaign: CampaignRecord, lease: RangeLease) {
    this.#meter = meter;
    this.#lease = lease;
    this.#watch = new CampaignWatch(meter, campaign);
    this.#sending = sendingOf(meter, campaign, this.#watch.signal);
    this.#log = new RangeLog(this.#sending, lease.range);
    this.#startedAtMs = meter.world.clock.now();
    this.#shape = shapeOf(campaign.request.pace?.perSecond, meter.world.settings);
    this.#pacer = this.#newPacer(campaign.tick);
    this.#walkedTo = lease.range.from - 1;
  }

  #newPacer(tick: number): Pacer {
    // The turn that it was taken after shared the rate out among others: it has waited for an instance too long.
    const isUncounted = this.#startedAtMs - this.#lease.range.releasedAtMs >= TAKEN_WITHIN_MS;
    const perSecond = (): number => (isUncounted && this.#watch.tick === tick ? 0 : this.#watch.rangePerSecond());
    return new Pacer(this.#meter.world.clock, perSecond, this.#shape.pushesPerBatch);
  }

  async run(): Promise<void> {
    const done = new AbortController();
    const beside = [this.#heartbeat(done.signal), this.#watch.run(done.signal)];
    try {
      await this.#walk();
    } catch (failure) {
      this.#stop ??= { failure };
    } finally {
      await Promise.all(this.#inFlight);
      done.abort();
      await Promise.all(beside);
    }
    await this.#close();
  }

  async #walk(): Promise<void> {
    if (!(await this.#log.open())) {
      this.#stop = 'lease';
      return;
    }
    const { source, mailing } = this.#sending;
    const { clock } = this.#meter.world;
    const packer = new Packer(this.#shape.pushesPerBatch);
    for await (const { lookedUpAtMs, recipients } of source.walk(this.#lease.range)) {
      for (const { position, recipient } of recipients) {
        if ('nobody' in recipient) this.#noteUnreadable(position, recipient.nobody);
        if (this.#log.holds(recipient.key)) continue;
        const full = packer.add(position, resolveRecipient(mailing, recipient, clock.now()), lookedUpAtMs);
        if (full !== null) await this.#begin(full);
        if (this.#mustStop()) return;
        this.#walkedTo = Math.max(this.#walkedTo, position - 1);
      }
    }
    const rest = packer.flush();
    if (rest !== null) await this.#begin(rest);
    if (this.#stop !== null) return;
    this.#walkedTo = this.#lease.range.to;
    // The last answers may take seconds: the next range need not wait for them.
    if (this.#sending.campaign.request.pace !== undefined && this.#inFlight.size > 0) await this.#beat();
  }

  #noteUnreadable(position: number, nobody: string): void {
    if (nobody !== 'failed.unreadable' || this.#unreadable.size === UNREADABLE_MAX) return;
    this.#unreadable.add(this.#sending.source.placeOf(position));
  }

  /** Waits for its turn and for room, claims the batch, and lets it go its way. */
  async #begin(found: Pack): Promise<void> {
    const load = loadOf(found.drafts);
    if (load.pushes > 0) await this.#pacer.take(load.pushes, () => this.#watch.duty() === 'send' && !this.#mustStop());
    const permit = await this.#meter.world.inFlight.acquire(load);
    const surplus: Pack[] = [];
    try {
      if (this.#mustStop()) return permit.release();
      const [pack, ...more] = await this.#upToDate(found, load.pushes);
      if (this.#mustStop()) return permit.release();
      surplus.push(...more);
      await this.#claim(pack, permit);
    } catch (failure) {
      permit.release();
      throw failure;
    }
    for (const pack of surplus) if (!this.#mustStop()) await this.#begin(pack);
  }

  /** The batch as its recipients are now, and batches of what does not fit into it any more. */
  async #upToDate(found: Pack, pushes: number): Promise<readonly [Pack, ...Pack[]]> {
    const isToBeSent = pushes > 0 && this.#watch.duty() === 'send';
    if (!isToBeSent || !isOutdated(found.lookedUpAtMs, this.#meter.world.clock.now())) return [found];
    const packs = await lookAgain(this.#sending, found, this.#shape.pushesPerBatch);
    this.#pacer.correct(loadOf(packs[0].drafts).pushes - pushes);
    return packs;
  }

  async #claim(pack: Pack, permit: Permit): Promise<void> {
    const kept = { ...pack, drafts: await withinCap(this.#sending, this.#keep(pack.drafts)) };
    const claimed = await this.#log.claim(kept);
    // It may have stood still while it claimed: then somebody else has taken the claim for a dead holder's.
    if (claimed === null || this.#stop === 'lease' || this.#lease.expired()) {
      this.#stop = 'lease';
      return permit.release();
    }
    const sent = sendFirst(this.#sending, claimed, kept.drafts, permit)
      .then((record) => this.#log.note(claimed.path, record))
      .catch((failure: unknown) => {
        this.#stop ??= { failure };
      })
      .finally(() => permit.release());
    this.#inFlight.add(sent);
    void sent.finally(() => this.#inFlight.delete(sent));
  }

  /** What of a batch may still be sent, now that there is room for it. */
  #keep(drafts: readonly Draft[]): readonly Draft[] {
    const duty = this.#watch.duty();
    if (duty === 'send' || duty === 'rest') return holdLapsed(drafts, this.#meter.world.clock.now());
    return drafts.map((draft) => writtenOff(draft, duty));
  }

  #mustStop(): boolean {
    const { clock, settings } = this.#meter.world;
    if (this.#stop === null && this.#lease.expired()) this.#stop = 'lease';
    if (this.#stop === null && this.#watch.duty() === 'rest') this.#stop = 'rest';
    if (this.#stop === null && clock.now() - this.#startedAtMs >= settings.invocationMs) this.#stop = 'time';
    return this.#stop !== null;
  }

  async #heartbeat(done: AbortSignal): Promise<void> {
    const { clock, settings } = this.#meter.world;
    const usualMs = Math.min(HEARTBEAT_MS, settings.leaseMs / 3);
    while (!done.aborted) {
      await clock.sleep(this.#watch.isCanary ? CANARY_HEARTBEAT_MS : usualMs, done);
      if (done.aborted || this.#stop !== null) continue;
      await this.#beat();
    }
  }

  async #beat(): Promise<void> {
    try {
      const held = await this.#lease.renew(this.#progress());
      if (!held) this.#stop = 'lease';
    } catch (failure) {
      this.#meter.world.log.warn('a lease could not be renewed', { reason: nameOf(failure) });
    }
  }

  #progress(): Progress {
    return { walkedTo: this.#walkedTo, totals: this.#log.sum() };
  }

  async #close(): Promise<void> {
    const { world } = this.#meter;
    const { campaignId } = this.#sending.mailing;
    const range = this.#lease.range.index;
    if (this.#stop === null) {
      await this.#lease.finish(this.#log.closed(), this.#log.openPaths(), [...this.#unreadable]);
      return;
    }
    if (this.#stop === 'lease') {
      world.log.warn('a range went to another holder', { campaignId, range });
      return;
    }
    if (this.#stop === 'rest') {
      await this.#lease.handOn(this.#progress(), NEVER_RELEASED);
      return;
    }
    const handedOn = await this.#lease.handOn(this.#progress(), world.clock.now());
    if (this.#stop !== 'time') throw this.#stop.failure;
    if (handedOn) await world.ranges.release([{ campaignId, range }]);
  }
}

/** A message that is not to be sent any more: it is planned all the same, and has its outcome at once. */
function writtenOff(draft: Draft, ending: Ending): Draft {
  const isSettled = draft.push === null && !isWaiting(draft.code);
  return isSettled ? draft : { ...draft, ...NO_EVIDENCE, push: null, code: WRITTEN_OFF[ending] };
}
