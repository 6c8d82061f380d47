import type { Billing, Cost, Operations } from '../contract/operations.ts';
import { PRICES, type Billed } from './prices.ts';

/** Pub/Sub bills at least this much for a request (https://cloud.google.com/pubsub/pricing); a range's message is shorter. */
const PUBSUB_REQUEST_BYTES = 1_000;
/** A message is published and delivered; a task is made and delivered. */
const WAYS = 2;
const MILLION = 1_000_000;
/** A campaign of ten members costs about a millionth of a dollar. */
const DIGITS = 1e9;

const SERVICES: Readonly<Record<keyof Cost['byService'], readonly Billed[]>> = {
  firestore: ['firestoreReads', 'firestoreWrites', 'firestoreDeletes'],
  pubsub: ['pubsubBytes'],
  tasks: ['taskOperations'],
  functions: ['requests', 'vcpuSeconds', 'gibSeconds'],
};

/** What operations come to at list prices; free quotas are not taken off. */
export function costOf(operations: Operations, accepted: number, billing: Billing): Cost {
  const used = usedOf(operations, billing);
  const prices = PRICES[billing.prices];
  const usdOf = (items: readonly Billed[]): number =>
    items.reduce((sum, item) => sum + (used[item] / prices[item].per) * prices[item].usd, 0);
  const { firestore, pubsub, tasks, functions } = SERVICES;
  const byService = {
    firestore: rounded(usdOf(firestore)),
    pubsub: rounded(usdOf(pubsub)),
    tasks: rounded(usdOf(tasks)),
    functions: rounded(usdOf(functions)),
  };
  const usd = usdOf(Object.values(SERVICES).flat());
  const perMillionUsd = accepted === 0 ? null : rounded((usd / accepted) * MILLION);
  return { usd: rounded(usd), perMillionUsd, byService, prices: billing.prices };
}

/** What the services bill for the operations. */
function usedOf(operations: Operations, { vcpus, memoryGib }: Billing): Readonly<Record<Billed, number>> {
  const { firestoreReads, firestoreWrites, firestoreDeletes, pubsubMessages, taskOperations } = operations;
  const seconds = operations.instanceMs / 1_000;
  return {
    firestoreReads,
    firestoreWrites,
    firestoreDeletes,
    pubsubBytes: pubsubMessages * WAYS * PUBSUB_REQUEST_BYTES,
    taskOperations: taskOperations * WAYS,
    // Each message and each task is one invocation.
    requests: pubsubMessages + taskOperations,
    vcpuSeconds: seconds * vcpus,
    gibSeconds: seconds * memoryGib,
  };
}

const rounded = (usd: number): number => Math.round(usd * DIGITS) / DIGITS;
