import type { ControlCall } from '../../functions/src/contract/codes.ts';
import { ProblemError } from '../../functions/src/contract/problem.ts';
import type { CampaignRequest } from '../../functions/src/contract/campaign.ts';
import type { UploadedRecipient } from '../../functions/src/contract/recipient.ts';
import type { World } from '../../functions/src/ports.ts';
import { controlCampaign } from '../../functions/src/stages/control.ts';
import { createCampaign, startCampaign } from '../../functions/src/stages/ingest.ts';
import { putPart, type PartLine } from '../../functions/src/stages/part.ts';
import type { VirtualClock } from '../memory/clock.ts';
import type { Chance } from './chance.ts';
import type { FaultKind, Faults } from './faults.ts';
import type { Platform } from './platform.ts';
import type { PlannedCampaign } from './scenario.ts';
import type { Witness } from './witness.ts';

const CALLS = [
  'control.pause',
  'control.resume',
  'control.cancel',
  'control.redrive',
] as const satisfies readonly FaultKind[];
const LOOKS_EVERY_MS = 10_000;
const REDRIVEN_SHARE = 0.3;

export interface Desk {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly platform: Platform;
  readonly witness: Witness;
  readonly campaigns: readonly PlannedCampaign[];
}

/** The main server, which starts campaigns, and an operator who pauses, resumes, cancels and redrives them as it comes. */
export class Operator {
  readonly #desk: Desk;
  readonly #toRedrive: PlannedCampaign[];

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#toRedrive = desk.campaigns.filter(
      ({ request }) => request.schedule?.until === undefined && desk.chance.happens(REDRIVEN_SHARE),
    );
  }

  /** Campaigns whose until had passed when they were asked for: they are not there, unless another call was quicker. */
  readonly refused = new Set<string>();

  startCampaigns(): void {
    const { chance, platform, witness, campaigns } = this.#desk;
    for (const planned of campaigns) {
      const { request, afterMs, parts } = planned;
      if (parts !== null) {
        void this.#upload(request, afterMs, parts);
        continue;
      }
      // Its caller asks again until the campaign is there, and may then be gone without having heard so.
      const isPatient = chance.happens(0.5);
      const create = async (world: World): Promise<void> => {
        if (!isPatient && witness.hasSeen(request.id)) return;
        if (!(await answered(createCampaign(world, request, 'sim')))) this.refused.add(request.id);
      };
      void platform.bring(`create-${request.id}`, create, afterMs);
    }
  }

  /** Part by part, and each of them until it has arrived; then it is closed. */
  async #upload(
    request: CampaignRequest,
    afterMs: number,
    parts: NonNullable<PlannedCampaign['parts']>,
  ): Promise<void> {
    const { platform } = this.#desk;
    const { id } = request;
    await platform.bring(`create-${id}`, async (world) => void (await createCampaign(world, request, 'sim')), afterMs);
    const puts = parts.map((recipients, index) =>
      platform.bring(
        `part-${id}`,
        async (world) =>
          void (await answered(
            putPart(world, { campaignId: id, part: index + 1, digest: `${id}-${index}`, lines: linesOf(recipients) }),
          )),
      ),
    );
    await Promise.all(puts);
    const seal = { parts: parts.length, recipients: parts.flat().length };
    await platform.bring(`start-${id}`, async (world) => void (await answered(startCampaign(world, id, seal, 'sim'))));
  }

  async interfereNowAndThen(): Promise<void> {
    const { clock, chance, faults } = this.#desk;
    while (clock.now() < faults.calmAtMs) {
      await clock.sleep(faults.quietMs() + chance.delayMs(40_000) + 50);
      for (const kind of CALLS) {
        if (!faults.strikes(kind)) continue;
        const call = kind.slice('control.'.length) as ControlCall;
        const { request } = chance.oneOf(this.#desk.campaigns);
        const copies = faults.strikes('control.twice') ? chance.whole(2, 3) : 1;
        for (let copy = 0; copy < copies; copy += 1) this.#call(call, request.id);
      }
    }
  }

  /** Once all is well nothing is left to rest. */
  async setGoingAgain(isOver: () => boolean): Promise<void> {
    const { clock, faults, witness, campaigns } = this.#desk;
    await clock.sleep(faults.calmAtMs - clock.now());
    while (!isOver()) {
      for (const { request } of campaigns) if (witness.stops.rests(request.id)) this.#call('resume', request.id);
      await clock.sleep(10 * LOOKS_EVERY_MS);
    }
  }

  /** Some campaigns are to try again what failed, as soon as they have ended or later. */
  async redriveSome(): Promise<void> {
    const { clock, chance, faults, witness } = this.#desk;
    for (let next = this.#toRedrive[0]; next !== undefined; next = this.#toRedrive[0]) {
      const { id } = next.request;
      while (!witness.stops.hasEnded(id)) await clock.sleep(LOOKS_EVERY_MS * (faults.areOut ? 1 : 10));
      await clock.sleep(chance.delayMs(60_000));
      faults.note('control.redrive');
      this.#call('redrive', id);
      this.#toRedrive.shift();
    }
  }

  /** Nothing more will be asked for. */
  get isDone(): boolean {
    return this.#toRedrive.length === 0;
  }

  #call(call: ControlCall, campaignId: string): void {
    void this.#desk.platform.bring(
      `${call}-${campaignId}`,
      async (world) => void (await answered(controlCampaign(world, campaignId, call, 'operator'))),
    );
  }
}

/**
 * A call that makes no sense where the campaign stands by now, or that comes before it, has its answer too.
 * @returns whether it did what was asked
 */
async function answered(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code === 'unavailable') throw error;
    return false;
  }
}

async function* linesOf(recipients: readonly UploadedRecipient[]): AsyncGenerator<PartLine> {
  for (const [index, recipient] of recipients.entries()) yield { line: index + 1, recipient };
}
