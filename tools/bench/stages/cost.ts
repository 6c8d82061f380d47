import type { Billing, Operations } from '../../../functions/src/contract/operations.ts';
import { PRICE_REGIONS } from '../../../functions/src/contract/operations.ts';
import { costOf } from '../../../functions/src/core/cost.ts';
import { BILLED, PRICES } from '../../../functions/src/core/prices.ts';
import { NO_OPERATIONS } from '../../../functions/src/store/totals.ts';
import { atMost, table, type Bench, type Finding } from '../measurement.ts';
import { stagesRun } from './child.ts';

const MILLION = 1_000_000;
const BATCH = 500;
const RANGE = 10_000;
/** An instance as it is deployed: 1 vCPU and 512 MiB. */
const INSTANCE = { vcpus: 1, memoryGib: 0.5 } as const;
/** The old server's way of keeping account: one read, one write and one update for each message. */
const ONE_OF_EACH: Operations = { ...NO_OPERATIONS, firestoreReads: MILLION, firestoreWrites: 2 * MILLION };

interface Way {
  readonly name: string;
  readonly messages: number;
  readonly operations: Operations;
}

/** What a million accepted messages cost at list prices, by the operations that campaigns counted on the virtual platform. */
export async function measureCost({ signal, say, quick }: Bench): Promise<Finding> {
  const sizes = quick ? { range: 10_000, upload: 10_000 } : { range: MILLION, upload: 100_000 };
  say(`cost: a campaign to ${sizes.range} members`);
  const range = await stagesRun(sizes.range, 'range', signal);
  say(`cost: an upload of ${sizes.upload} recipients`);
  const upload = await stagesRun(sizes.upload, 'upload', signal);
  const ways: readonly Way[] = [
    { name: 'range campaign', messages: sizes.range, operations: range.view.operations },
    { name: 'personalised campaign', messages: sizes.upload, operations: upload.view.operations },
    { name: 'a read, a write and an update each', messages: MILLION, operations: ONE_OF_EACH },
  ];
  const us = usd(ways[0] as Way, 'us-central1');
  return {
    json: { costPerMillionUsd: us },
    markdown: textOf(ways),
    page: 'cost.md',
    targets: [
      atMost('range campaign, USD for a million accepted at us-central1', us, 0.03),
      ...ways
        .slice(0, 2)
        .flatMap(({ name, messages, operations }) => [
          atMost(
            `${name}, Firestore operations for 500 messages`,
            ((operations.firestoreReads + operations.firestoreWrites) / messages) * BATCH,
            8,
          ),
          atMost(`${name}, Pub/Sub messages for 10,000`, (operations.pubsubMessages / messages) * RANGE, 1),
        ]),
    ],
  };
}

function costAt({ messages, operations }: Way, prices: Billing['prices']) {
  return costOf(operations, messages, { prices, ...INSTANCE });
}

const usd = (way: Way, prices: Billing['prices']): number => costAt(way, prices).perMillionUsd ?? 0;

function textOf(ways: readonly Way[]): string {
  const cell = (value: number): string => value.toFixed(4);
  const perMillion = (way: Way, n: number): number => Math.round((n / way.messages) * MILLION);
  const operations = ways.map((way) => {
    const { firestoreReads, firestoreWrites, firestoreDeletes, pubsubMessages, taskOperations, instanceMs } =
      way.operations;
    const counted = [firestoreReads, firestoreWrites, firestoreDeletes, pubsubMessages, taskOperations];
    return [way.name, ...counted.map((n) => perMillion(way, n)), perMillion(way, instanceMs / 1_000)];
  });
  const costs = PRICE_REGIONS.flatMap((region) =>
    ways.map((way) => {
      const { byService } = costAt(way, region);
      const share = MILLION / way.messages;
      const { firestore, pubsub, tasks, functions } = byService;
      return [
        region,
        way.name,
        ...[firestore, pubsub, tasks, functions].map((n) => cell(n * share)),
        cell(usd(way, region)),
      ];
    }),
  );
  const prices = PRICE_REGIONS.flatMap((region) =>
    BILLED.map((item) => {
      const { usd: price, per, source, asOf, note = '' } = PRICES[region][item];
      return [region, item, `${price} for ${per === 1 ? '1' : per.toLocaleString('en-US')}`, source, asOf, note];
    }),
  );
  return [
    'What a million accepted messages take and cost, as campaigns counted it on the virtual platform of `tools/bench/stages`:',
    'the real stages with the settings of a deployment, FCM at 10,000 messages/s with 50 ms, services that answer after 10 ms,',
    'three ranges to an instance. An instance is billed for the time in which it does anything.',
    '',
    table(['for a million messages', 'reads', 'writes', 'deletes', 'Pub/Sub', 'tasks', 'instance s'], operations),
    '',
    table(
      ['prices of', 'USD for a million messages', 'Firestore', 'Pub/Sub', 'Cloud Tasks', 'functions', 'all'],
      costs,
    ),
    '',
    'In it: every read, write and delete of the campaign, those of its TTL too; the upload and its start; messages and tasks,',
    'published and delivered; requests, vCPU and memory of `sendRange`, `conduct` and `retry`. Not in it: free quotas (they would',
    'lower it), stored bytes, uploading members, calls that read outcomes, the API’s own instances, an instance’s start and what',
    'it idles, logs, data on its way to FCM. FCM itself costs nothing. A slower pace, and a large campaign’s ramp, keep instances longer',
    'for the same messages. The last way is its database alone: the time of its servers comes on top.',
    '',
    table(['prices of', 'item', 'USD', 'source', 'looked up', 'note'], prices),
  ].join('\n');
}
