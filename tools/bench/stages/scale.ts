import { atMost, table, type Bench, type Finding, type Target } from '../measurement.ts';
import { stagesRun } from './child.ts';
import type { StagesRun } from './run.ts';

const SIZES = [10_000, 1_000_000, 10_000_000, 100_000_000];
const QUICK_SIZES = [10_000, 300_000];
const MIB = 1_048_576;
const KIB = 1_024;

/** The platform's limits (https://firebase.google.com/docs/firestore/quotas, https://cloud.google.com/tasks/docs/quotas). */
const LIMITS = {
  documentBytes: MIB,
  commitWrites: 500,
  commitBytes: 10 * MIB,
  invocationSeconds: 540,
  messageBytes: 10 * MIB,
  taskBytes: 100 * KIB,
} as const;

/** Planning, conducting, reporting and listing at growing sizes: none of it may grow with the campaign, message by message. */
export async function measureScale({ signal, say, quick }: Bench): Promise<Finding> {
  const runs: StagesRun[] = [];
  for (const members of quick ? QUICK_SIZES : SIZES) {
    say(`scale: ${members.toLocaleString('en-US')} members`);
    runs.push(await stagesRun(members, 'range', signal));
  }
  const scale = Object.fromEntries(
    runs.map((run) => [
      String(run.members),
      {
        operationsPerMessage: operationsPerMessage(run),
        peakMb: Math.round((peakOf(run) / MIB) * 10) / 10,
        seconds: Math.round(run.cpuSeconds),
      },
    ]),
  );
  return { json: { scale }, markdown: textOf(runs), page: 'scale.md', targets: targetsOf(runs) };
}

function operationsPerMessage({ view: { operations, planned } }: StagesRun): number {
  const { firestoreReads, firestoreWrites, firestoreDeletes, pubsubMessages, taskOperations } = operations;
  return (firestoreReads + firestoreWrites + firestoreDeletes + pubsubMessages + taskOperations) / planned;
}

const peakOf = ({ peakBytes }: StagesRun): number => Math.max(...Object.values(peakBytes));

function targetsOf(runs: readonly StagesRun[]): Target[] {
  const [small, middle = small, large = middle, largest = large] = runs;
  if (small === undefined || middle === undefined || large === undefined || largest === undefined) return [];
  const stages = Object.keys(largest.peakBytes).filter((stage) => stage in middle.peakBytes);
  const most = (of: (run: StagesRun) => number): number => Math.max(...runs.map(of));
  return [
    atMost(
      `operations for a message at ${size(large)}, of those at ${size(small)}`,
      operationsPerMessage(large) / operationsPerMessage(small),
      1.02,
    ),
    ...stages.map((stage) =>
      atMost(
        `memory of ${stage} at ${size(largest)}, of that at ${size(middle)}`,
        (largest.peakBytes[stage] ?? 0) / (middle.peakBytes[stage] ?? 1),
        1.1,
      ),
    ),
    atMost(
      'largest document',
      most(({ sizes }) => Math.max(...Object.values(sizes.largest))) / KIB,
      LIMITS.documentBytes / KIB,
      'KiB',
    ),
    atMost(
      'writes of a commit',
      most(({ sizes }) => sizes.commitWrites),
      LIMITS.commitWrites,
    ),
    atMost('bytes of a commit', most(({ sizes }) => sizes.commitBytes) / KIB, LIMITS.commitBytes / KIB, 'KiB'),
    atMost('longest invocation', most(longestSeconds), LIMITS.invocationSeconds, 's'),
    atMost(
      'largest Pub/Sub message',
      most(({ payloads }) => payloads.message),
      LIMITS.messageBytes,
      'bytes',
    ),
    atMost(
      'largest task',
      most(({ payloads }) => payloads.task),
      LIMITS.taskBytes,
      'bytes',
    ),
  ];
}

function longestSeconds({ invocations }: StagesRun): number {
  return Math.max(...Object.values(invocations).map(({ longestMs }) => longestMs)) / 1_000;
}

const size = ({ members }: StagesRun): string => members.toLocaleString('en-US');
const mib = (bytes: number | undefined): number => Math.round(((bytes ?? 0) / MIB) * 10) / 10;

function textOf(runs: readonly StagesRun[]): string {
  const stages = [...new Set(runs.flatMap((run) => Object.keys(run.peakBytes)))];
  const head = ['', ...runs.map(size)];
  const row = (name: string, of: (run: StagesRun) => string | number): (string | number)[] => [name, ...runs.map(of)];
  const per = (of: (run: StagesRun) => number) => (run: StagesRun) => (of(run) / run.view.planned).toFixed(6);
  return [
    'A range campaign to so many members on the virtual platform of `tools/bench/stages`: the real stages with the settings of a',
    'deployment, FCM at 10,000 messages/s, services that answer after 10 ms. Each size has a process of its own. Up to 250,000',
    'members every range is walked by the real stage; of more, the first 25 are, and the others after their example: what they',
    'write, count and wait for, without composing each message. Planning, conducting, reporting and listing are always the real',
    'ones. Memory is what is alive on the heap inside a stage after a collection, the measurement’s own included; listing reads',
    'the first million lines.',
    '',
    table(head, [
      row('operations for a message', (run) => operationsPerMessage(run).toFixed(6)),
      row(
        'reads',
        per(({ view }) => view.operations.firestoreReads),
      ),
      row(
        'writes',
        per(({ view }) => view.operations.firestoreWrites),
      ),
      row(
        'deletes',
        per(({ view }) => view.operations.firestoreDeletes),
      ),
      row(
        'Pub/Sub messages',
        per(({ view }) => view.operations.pubsubMessages),
      ),
      row(
        'tasks',
        per(({ view }) => view.operations.taskOperations),
      ),
      row('estimated operations, of the counted', (run) => estimatedShare(run).toFixed(2)),
    ]),
    '',
    table(head, [
      row('campaign documents', ({ sizes }) => sizes.made['campaigns'] ?? 0),
      row('range documents', ({ sizes }) => sizes.made['ranges'] ?? 0),
      row('batches and ranges', ({ view }) => view.operations.firestoreDeletes),
      row('Pub/Sub messages', ({ view }) => view.operations.pubsubMessages),
      row('turns of the conductor', ({ invocations }) => invocations.conduct?.calls ?? 0),
      row('largest campaign document, bytes', ({ sizes }) => sizes.largest['campaigns'] ?? 0),
      row('largest range document, bytes', ({ sizes }) => sizes.largest['ranges'] ?? 0),
      row('largest batch document, bytes', ({ sizes }) => sizes.largest['batches'] ?? 0),
      row('writes of the largest commit', ({ sizes }) => sizes.commitWrites),
      row('bytes of the largest commit', ({ sizes }) => sizes.commitBytes),
    ]),
    '',
    table(head, [
      row('campaign, s', ({ campaignSeconds }) => Math.round(campaignSeconds)),
      row('longest turn, s', ({ invocations }) => (invocations.conduct?.longestMs ?? 0) / 1_000),
      row('longest walk of a range, s', ({ invocations }) => (invocations.sendRange?.longestMs ?? 0) / 1_000),
      row('instances', ({ instances }) => instances),
      row('processor of this measurement, s', ({ cpuSeconds }) => Math.round(cpuSeconds)),
      ...stages.map((stage) => row(`memory of ${stage}, MiB`, ({ peakBytes }) => mib(peakBytes[stage]))),
    ]),
  ].join('\n');
}

function estimatedShare({ estimated, view: { operations } }: StagesRun): number {
  const sum = ({ firestoreReads, firestoreWrites, firestoreDeletes }: StagesRun['estimated']): number =>
    firestoreReads + firestoreWrites + firestoreDeletes;
  return sum(estimated) / sum(operations);
}
