import { z } from 'zod';

const count = z.number().int().min(0);

/** What was asked of the paid services, as they bill it. */
export const operationsSchema = z.object({
  firestoreReads: count,
  firestoreWrites: count,
  /** Documents deleted, and documents made that Firestore's TTL will delete. */
  firestoreDeletes: count,
  pubsubMessages: count,
  /** Tasks made; each is brought to its function once more. */
  taskOperations: count,
  /** Milliseconds of instances; what several invocations do at once on one instance counts once. */
  instanceMs: count,
});
export type Operations = z.infer<typeof operationsSchema>;

/** Regions whose list prices are known; see core/prices.ts. */
export const PRICE_REGIONS = ['us-central1', 'asia-northeast3'] as const;
export type PriceRegion = (typeof PRICE_REGIONS)[number];

const usd = z.number().min(0);

/** What the operations come to at list prices, in US dollars. Free quotas are not taken off. */
export const costSchema = z.object({
  usd,
  /** For a million accepted messages; null while there are none. */
  perMillionUsd: usd.nullable(),
  byService: z.object({ firestore: usd, pubsub: usd, tasks: usd, functions: usd }),
  prices: z.enum(PRICE_REGIONS),
});
export type Cost = z.infer<typeof costSchema>;

/** How an instance's time is billed, and at whose prices costs are told. */
export interface Billing {
  readonly prices: PriceRegion;
  readonly vcpus: number;
  readonly memoryGib: number;
}
