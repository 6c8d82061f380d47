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

/** Lets the simulator forget all messages, so that the next report is about the next campaign alone. */
export async function resetFcm(control: string, signal: AbortSignal): Promise<void> {
  const body = JSON.stringify({ keepFaults: true });
  const response = await fetch(`http://${control}/reset`, { method: 'POST', body, signal });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`the FCM simulator at ${control} did not reset`);
}

function isReport(value: unknown): value is FcmReport {
  if (typeof value !== 'object' || value === null) return false;
  const { posts, accepted, duplicates, shownTwice } = value as Record<string, unknown>;
  return [posts, accepted, duplicates, shownTwice].every((count) => typeof count === 'number');
}
