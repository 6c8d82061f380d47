import { count, duration } from '../demo/screen.ts';
import type { Judgement } from './oracle.ts';
import type { Tally } from './tally.ts';

/** All that a run brought to light. */
export interface Findings {
  readonly judgement: Judgement;
  readonly tally: Tally;
  /** Processes that the host started in place of others. */
  readonly replaced: number;
  /** Messages that one process may have claimed and not recorded. */
  readonly inFlight: number;
  readonly elapsedMs: number;
}

interface Check {
  readonly what: string;
  readonly holds: boolean;
}

/** Trouble that leaves open what FCM made of all that one process had in flight. */
const OPENING = [
  'kill.',
  'stop.',
  'slow.',
  'cut.fcm',
  'cut.firestore',
  'fcm.outage-',
  'fcm.close-all',
  'fcm.goaway-all',
];

/** What must hold at the end of a run. */
export function check({ judgement, tally, replaced, inFlight }: Findings): Check[] {
  const { duplicates, resent } = judgement;
  const missed = Object.entries(tally.counts()).filter(([, times]) => times === 0);
  const bound = inFlight * OPENING.reduce((sum, kinds) => sum + tally.of(kinds), 0);
  return [
    { what: 'no message is lost', holds: judgement.lost === 0 },
    { what: 'every outcome is what FCM said', holds: judgement.untrue === 0 && judgement.surplus === 0 },
    { what: 'planned is what has an outcome, by every count', holds: judgement.conserved },
    { what: 'no device shows a message twice', holds: judgement.shownTwice === 0 },
    { what: 'nothing was posted outside a claim', holds: judgement.outsideClaim === 0 },
    { what: 'nothing was posted to anybody who has not consented', holds: judgement.unlawful === 0 },
    { what: 'the ledger says of every duplicate that it was ambiguous', holds: duplicates.resend <= resent },
    { what: 'there are no more duplicates than were in flight', holds: duplicates.resend <= bound },
    { what: 'a campaign that records has no duplicate', holds: duplicates.record === 0 },
    { what: 'and calls unknown what it cannot know', holds: judgement.overconfident === 0 },
    { what: 'every process that was killed is gone', holds: replaced >= tally.of('kill.') },
    {
      what: `every kind of trouble was made${missed.length === 0 ? '' : `, but not ${missed.map(([kind]) => kind).join(', ')}`}`,
      holds: missed.length === 0,
    },
  ];
}

/** What a run found, for people. */
export function reportOf(findings: Findings, checks: readonly Check[]): string {
  const { judgement, tally, elapsedMs } = findings;
  const { duplicates } = judgement;
  return [
    '',
    'Trouble',
    ...Object.entries(tally.counts()).map(([kind, times]) => `  ${kind.padEnd(32)}${count(times).padStart(8)}`),
    '',
    'Messages',
    `  ${count(judgement.messages)} in ${duration(elapsedMs)}, ${count(judgement.lost)} lost`,
    `  ${count(judgement.resent)} sent again because FCM may have accepted them, ${count(duplicates.resend)} of them it had`,
    `  ${count(judgement.unknown)} recorded as unknown, ${count(duplicates.record)} of them posted twice`,
    `  ${count(judgement.shownTwice)} shown twice on a device`,
    '',
    ...checks.map(({ what, holds }) => `${holds ? 'ok  ' : 'FAIL'} ${what}`),
    ...judgement.findings.map((finding) => `note ${finding}`),
    '',
  ].join('\n');
}

/** The last line of `--json`. */
export function resultOf({ judgement, tally }: Findings) {
  return {
    messages: judgement.messages,
    kills: tally.of('kill.'),
    stops: tally.of('stop.'),
    cuts: tally.of('cut.'),
    lost: judgement.lost,
    shownTwice: judgement.shownTwice,
    postDuplicates: judgement.duplicates.resend + judgement.duplicates.record,
    ambiguous: judgement.resent + judgement.unknown,
    unlawful: judgement.unlawful,
    conserved: judgement.conserved,
    faults: tally.counts(),
  };
}
