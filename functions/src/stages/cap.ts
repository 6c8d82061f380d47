import type { Ask } from '../core/frequency.ts';
import { NO_EVIDENCE } from '../core/gate.ts';
import type { Draft } from '../core/resolve.ts';
import { localDay, nextTimeOfDay } from '../core/wallClock.ts';
import { reserveMessages } from '../store/sent.ts';
import type { Sending } from './sendBatch.ts';

/**
 * What of a batch the members' frequency cap lets through, counted before it is claimed: who dies in between has
 * counted a message that was not sent, and never sent one that is not counted. Without a cap it costs nothing.
 */
export async function withinCap(
  { meter, campaign, source, mailing, cap }: Sending,
  drafts: readonly Draft[],
): Promise<readonly Draft[]> {
  if (cap === null) return drafts;
  const { documents, clock } = meter.world;
  const nowMs = clock.now();
  const zoneOf = ({ timeZone }: Draft): string => timeZone ?? mailing.law.rules.timeZone;
  const asks = new Map<number, Ask>();
  for (const draft of drafts) {
    const memberNo = draft.push === null ? null : source.memberNoOf(draft);
    if (memberNo !== null) asks.set(memberNo, { memberNo, day: localDay(zoneOf(draft), nowMs) });
  }
  if (asks.size === 0) return drafts;
  const allowed = await reserveMessages(documents, campaign.id, [...asks.values()], cap);
  return drafts.map((draft): Draft => {
    const memberNo = draft.push === null ? null : source.memberNoOf(draft);
    if (memberNo === null) return draft;
    if (!allowed.has(memberNo)) return { ...draft, ...NO_EVIDENCE, push: null, code: 'suppressed.frequency-cap' };
    // It was counted on this day: what is not posted by midnight has to be counted anew.
    const midnightMs = nextTimeOfDay(zoneOf(draft), 0, nowMs);
    return { ...draft, lawfulUntilMs: Math.min(draft.lawfulUntilMs ?? Infinity, midnightMs) };
  });
}
