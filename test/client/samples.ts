import type { CampaignView, OutcomeLine } from '../../client/index.ts';

export function campaignView(changes: Partial<CampaignView> = {}): CampaignView {
  return {
    id: 'spring',
    kind: 'marketing',
    state: 'running',
    ending: null,
    audience: { members: { from: 1, to: 10 } },
    schedule: null,
    startsAt: null,
    warnings: [],
    policy: { night: 'hold', onAmbiguous: 'resend', maxAttempts: 6, keepForRedriveHours: 0 },
    pace: { perSecond: null, grantedPerSecond: 0 },
    planned: 10,
    walked: true,
    outcomes: { accepted: 4, invalid: 1, failed: 0, suppressed: 1, expired: 0, cancelled: 0, unknown: 0 },
    reasons: { 'accepted.fcm': 4, 'invalid.unregistered': 1, 'suppressed.no-consent': 1 },
    pending: 4,
    conserved: false,
    resent: 0,
    progress: 1,
    ratePerSecond: 2.5,
    etaSeconds: 1.6,
    recipientsKeptUntil: null,
    haltedBecause: null,
    problems: [],
    deadLetters: { count: 0, latest: [] },
    operations: {
      firestoreReads: 3,
      firestoreWrites: 5,
      firestoreDeletes: 2,
      pubsubMessages: 1,
      taskOperations: 2,
      instanceMs: 40,
    },
    cost: {
      usd: 0,
      perMillionUsd: null,
      byService: { firestore: 0, pubsub: 0, tasks: 0, functions: 0 },
      prices: 'us-central1',
    },
    createdAt: '2026-03-01T00:00:00.000Z',
    startedAt: '2026-03-01T00:00:01.000Z',
    endedAt: null,
    createdBy: 'main-server',
    audit: [],
    ...changes,
  };
}

export function outcomeLine(key: string): OutcomeLine {
  return {
    key,
    outcome: 'accepted',
    reason: 'fcm',
    address: '0011223344556677',
    attempts: 1,
    consentAt: '2026-01-01T00:00:00.000Z',
    nightConsentAt: null,
    at: '2026-03-01T00:00:02.000Z',
  };
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of source) values.push(value);
  return values;
}
