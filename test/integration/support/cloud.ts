import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { BongsuClient, CampaignInput, CampaignView, MemberInput } from '../../../client/index.ts';
import { startLocalCloud, type Deliver, type LocalCloud } from '../../../tools/local/localCloud.ts';
import { localClient } from '../../../tools/localClient.ts';

/** Short enough that a test sees a takeover, long enough that a busy machine keeps a lease that is held. */
const LEASE_SECONDS = 8;

/** Set before the cloud starts; the deployed default where nobody does. */
let transport: 'direct' | 'sendEach' | undefined;
let running: LocalCloud | undefined;
let serving: BongsuClient | undefined;
/** Put around every delivery of a range; a test may replace it. */
let wrap: (deliver: Deliver) => Deliver = (deliver) => deliver;

// One cloud for all integration tests of a run: it takes several seconds to start.
before(async function () {
  this.timeout(120_000);
  if (running !== undefined) return;
  const chosen = transport === undefined ? {} : { FCM_TRANSPORT: transport };
  running = await startLocalCloud({
    functions: 'host',
    name: 'test',
    tickMs: 5_000,
    host: {
      env: { LEASE_SECONDS: String(LEASE_SECONDS), RECIPIENTS_PER_RANGE: '2000', ...chosen },
      wrapDelivery: (deliver) => (message) => wrap(deliver)(message),
    },
  });
  serving = localClient(running.endpoints);
});

after(async function () {
  this.timeout(60_000);
  const stopping = running;
  running = undefined;
  await stopping?.stop();
});

afterEach(async () => {
  wrap = (deliver) => deliver;
  await fcm('DELETE', '/faults');
});

/** Makes the cloud of this run, which has not started yet, send in this way. */
export function sendThrough(chosen: 'direct' | 'sendEach'): void {
  transport = chosen;
}

export function cloud(): LocalCloud {
  assert.ok(running);
  return running;
}

export function client(): BongsuClient {
  assert.ok(serving);
  return serving;
}

export function wrapDelivery(wrapper: (deliver: Deliver) => Deliver): void {
  wrap = wrapper;
}

/** Speaks to the FCM simulator's control API. */
export async function fcm(method: string, path: string, body?: object): Promise<string> {
  const response = await fetch(`http://${cloud().endpoints.fcmControl}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${text}`);
  return text;
}

export interface Arrival {
  readonly at: number;
  readonly address: string;
  readonly tag: string;
  readonly decision: string;
}

/** Every POST that FCM saw for addresses that contain the mark. */
async function arrivals(mark: string): Promise<Arrival[]> {
  const lines = (await fcm('GET', '/arrivals')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Arrival).filter(({ address }) => address.includes(mark));
}

let blocks = 0;

/** Members of a test's own: numbers that no other test uses, and a mark in every address. */
export class Audience {
  readonly from: number;
  readonly to: number;
  readonly mark: string;
  readonly count: number;

  constructor(count: number) {
    blocks += 1;
    this.from = blocks * 1_000_000;
    this.to = this.from + count - 1;
    this.mark = `test${blocks}x`;
    this.count = count;
  }

  /** @param token the address of the member at this place; `#` marks where it must be unlike any other */
  async load(token: (place: number) => string = () => '#'): Promise<void> {
    const members = Array.from({ length: this.count }, (_, place): MemberInput => ({
      memberNo: this.from + place,
      addresses: [{ token: token(place).replace('#', `${this.mark}${place}`) }],
    }));
    await client().putMembers(members);
  }

  campaign(fields: Partial<CampaignInput> = {}): CampaignInput {
    return {
      id: `campaign-${this.mark}`,
      kind: 'transactional',
      audience: { members: { from: this.from, to: this.to } },
      message: { title: 'Title', body: 'Body' },
      ...fields,
    };
  }

  posts(): Promise<Arrival[]> {
    return arrivals(this.mark);
  }
}

export async function ended(id: string): Promise<CampaignView> {
  return client().follow(id, { intervalMs: 500 });
}

/** Waits for something to become true. @throws Error when it does not within the time */
export async function eventually<T>(what: string, limitMs: number, ask: () => Promise<T | false>): Promise<T> {
  for (const endMs = Date.now() + limitMs; Date.now() < endMs; await delay(100)) {
    const answer = await ask();
    if (answer !== false) return answer;
  }
  throw new Error(`${what}: not within ${limitMs} ms`);
}
