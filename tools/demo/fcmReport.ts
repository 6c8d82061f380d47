/** What the FCM simulator counted, by its own account (simulators/fcm/README.md). */
export interface FcmReport {
  readonly posts: number;
  readonly accepted: number;
  /** Accepted POSTs beyond the first for the same address and tag. */
  readonly duplicates: number;
  /** Notifications that a device shows beside another one of the same content. */
  readonly shownTwice: number;
}

/** @param control `host:port` of the simulator's control API. */
export async function readFcmReport(control: string, signal: AbortSignal): Promise<FcmReport> {
  const response = await fetch(`http://${control}/report`, { signal });
  const report: unknown = await response.json();
  if (!response.ok || !isReport(report)) throw new Error(`the FCM simulator at ${control} gave no report`);
  return report;
}

function isReport(value: unknown): value is FcmReport {
  if (typeof value !== 'object' || value === null) return false;
  const { posts, accepted, duplicates, shownTwice } = value as Record<string, unknown>;
  return [posts, accepted, duplicates, shownTwice].every((count) => typeof count === 'number');
}
