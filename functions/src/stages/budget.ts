import { isSameGrant, lowered, nextGrant, recovered, type Ask, type Grant } from '../core/budget.ts';
import type { Documents } from '../ports.ts';
import { readBudget, writeBudget } from '../store/budget.ts';
import { untilSettled } from '../store/mutate.ts';

/**
 * Asks for a campaign's part of the project's rate. Written down only where it changes or is about to end: a
 * campaign that goes on at its rate costs one read a turn.
 *
 * @param now.isOverQuota FCM has just refused messages because the project sends too many
 */
export async function askForRate(
  documents: Documents,
  campaignId: string,
  ask: Ask,
  now: { readonly nowMs: number; readonly fullPerSecond: number; readonly isOverQuota: boolean },
): Promise<Grant> {
  const { nowMs, fullPerSecond } = now;
  return untilSettled(async () => {
    const budget = await readBudget(documents);
    const { [campaignId]: mine = null, ...others } = budget.grants;
    const limit = now.isOverQuota ? lowered(budget.limit, fullPerSecond, nowMs) : budget.limit;
    const perSecond = recovered(limit, fullPerSecond, nowMs);
    const grant = nextGrant(ask, mine, Object.values(others), perSecond, nowMs);
    if (mine !== null && limit === budget.limit && isSameGrant(mine, grant, nowMs)) return mine;
    const live = Object.entries(others).filter(([, { untilMs }]) => nowMs < untilMs);
    const kept = limit !== null && recovered(limit, fullPerSecond, nowMs) < fullPerSecond ? limit : null;
    await writeBudget(documents, {
      grants: { ...Object.fromEntries(live), [campaignId]: grant },
      limit: kept,
      version: budget.version,
    });
    return grant;
  });
}

/** Who sends for a campaign hears within this time that it is to stop. */
const STOPPED_WITHIN_MS = 5_000;

/** A campaign that ends or rests leaves its part to the others, once its senders have stopped. */
export async function giveBackRate(documents: Documents, campaignId: string, nowMs: number): Promise<void> {
  const stoppedAtMs = nowMs + STOPPED_WITHIN_MS;
  await untilSettled(async () => {
    const budget = await readBudget(documents);
    const mine = budget.grants[campaignId];
    if (mine === undefined || mine.untilMs <= stoppedAtMs) return;
    const grants = { ...budget.grants, [campaignId]: { ...mine, wants: 0, untilMs: stoppedAtMs } };
    await writeBudget(documents, { ...budget, grants });
  });
}
