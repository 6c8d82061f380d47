import type { PriceRegion } from '../contract/operations.ts';

/** What is paid for. */
export const BILLED = [
  'firestoreReads',
  'firestoreWrites',
  'firestoreDeletes',
  'pubsubBytes',
  'taskOperations',
  'requests',
  'vcpuSeconds',
  'gibSeconds',
] as const;
export type Billed = (typeof BILLED)[number];

export interface Price {
  /** US dollars for `per` units, beyond the free quota. */
  readonly usd: number;
  readonly per: number;
  /** Where Google publishes it. */
  readonly source: string;
  /** When it was looked up. */
  readonly asOf: string;
  /** What must be known of it. */
  readonly note?: string;
}

const HUNDRED_THOUSAND = 100_000;
const MILLION = 1_000_000;
const TIB = 1_024 ** 4;

const looked = (usd: number, per: number, source: string, note?: string): Price => ({
  usd,
  per,
  source,
  asOf: '2026-11-21',
  ...(note === undefined ? {} : { note }),
});

/** The same in every region. */
const EVERYWHERE = {
  pubsubBytes: looked(40, TIB, 'https://cloud.google.com/pubsub/pricing'),
  taskOperations: looked(0.4, MILLION, 'https://cloud.google.com/tasks/pricing'),
  requests: looked(0.4, MILLION, 'https://cloud.google.com/run/pricing'),
};

const FIRESTORE_US = 'https://firebase.google.com/docs/firestore/pipelines/pricing';
const FIRESTORE = 'https://cloud.google.com/firestore/pricing';
const RUN = 'https://cloud.google.com/run/pricing';
const TOKYO = "the page's row for Seoul could not be read; this is Tokyo's";
const TIER_1 = 'tier 1, billed while requests are served';
const TIER_2 = 'tier 2, billed while requests are served';

/** List prices by region. A deployment elsewhere adds its row. */
export const PRICES: Readonly<Record<PriceRegion, Readonly<Record<Billed, Price>>>> = {
  'us-central1': {
    ...EVERYWHERE,
    firestoreReads: looked(0.03, HUNDRED_THOUSAND, FIRESTORE_US),
    firestoreWrites: looked(0.09, HUNDRED_THOUSAND, FIRESTORE_US),
    firestoreDeletes: looked(0.01, HUNDRED_THOUSAND, FIRESTORE_US),
    vcpuSeconds: looked(0.000024, 1, RUN, TIER_1),
    gibSeconds: looked(0.0000025, 1, RUN, TIER_1),
  },
  'asia-northeast3': {
    ...EVERYWHERE,
    firestoreReads: looked(0.038, HUNDRED_THOUSAND, FIRESTORE, TOKYO),
    firestoreWrites: looked(0.115, HUNDRED_THOUSAND, FIRESTORE, TOKYO),
    firestoreDeletes: looked(0.013, HUNDRED_THOUSAND, FIRESTORE, TOKYO),
    vcpuSeconds: looked(0.0000336, 1, RUN, TIER_2),
    gibSeconds: looked(0.0000035, 1, RUN, TIER_2),
  },
};
