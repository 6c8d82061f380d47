import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

/** What FCM saw for one address, by its own log. */
export interface Posts {
  posts: number;
  accepted: number;
  /** In the order in which they first came. */
  readonly decisions: Set<string>;
  readonly tags: Set<string>;
}

export interface FcmLog {
  readonly posts: ReadonlyMap<string, Posts>;
  /** Notifications that a device shows beside another one of the same content. */
  readonly shownTwice: number;
}

interface Arrival {
  readonly address: string;
  readonly tag: string | null;
  readonly decision: string;
}

/** @param control `host:port` of the FCM simulator's control API (simulators/fcm/README.md) */
export async function readFcmLog(control: string, signal: AbortSignal): Promise<FcmLog> {
  const report = await get(control, '/report', signal);
  const { shownTwice } = (await report.json()) as { shownTwice: number };
  const posts = new Map<string, Posts>();
  const { body } = await get(control, '/arrivals', signal);
  if (body === null) throw new Error(`the FCM simulator at ${control} gave no log`);
  const lines = createInterface({ input: Readable.fromWeb(body), crlfDelay: Infinity });
  for await (const line of lines) note(posts, JSON.parse(line) as Arrival);
  return { posts, shownTwice };
}

function note(posts: Map<string, Posts>, { address, tag, decision }: Arrival): void {
  const seen = posts.get(address) ?? { posts: 0, accepted: 0, decisions: new Set(), tags: new Set() };
  posts.set(address, seen);
  seen.posts += 1;
  if (decision === 'accepted') seen.accepted += 1;
  seen.decisions.add(decision);
  seen.tags.add(tag ?? '');
}

async function get(control: string, path: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(`http://${control}${path}`, { signal });
  if (!response.ok) throw new Error(`the FCM simulator at ${control} answered ${response.status} to ${path}`);
  return response;
}
