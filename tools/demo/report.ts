import type { CampaignView } from '../../client/index.ts';
import { sumOf, type Check, type Findings } from './checks.ts';
import { count, duration } from './screen.ts';

/** What a run found, for people. */
export function reportOf(findings: Findings, checks: readonly Check[]): string {
  const { campaign, fcm, elapsedMs } = findings;
  return [
    '',
    ...outcomeTable(findings),
    '',
    'Conservation',
    `  ${conservation(campaign)}`,
    '',
    ...(fcm === null
      ? []
      : [
          'FCM simulator',
          `  ${count(fcm.posts)} POSTs, ${count(fcm.accepted)} accepted, ${count(fcm.duplicates)} twice`,
          '',
        ]),
    'Operations',
    `  ${operations(campaign)}`,
    '',
    'Speed',
    `  ${count(campaign.planned)} messages in ${duration(elapsedMs)}, ${count(messagesPerSecond(findings))} a second`,
    '',
    ...checks.map(
      ({ what, holds, difference }) => `${holds ? 'ok  ' : 'FAIL'} ${what}${holds ? '' : `: ${difference}`}`,
    ),
    ...campaign.problems.map((problem) => `note ${problem}`),
    '',
  ].join('\n');
}

/** The last line of `--json`. */
export function resultOf(findings: Findings) {
  const { campaign, fcm, elapsedMs } = findings;
  return {
    campaignId: campaign.id,
    planned: campaign.planned,
    outcomes: campaign.outcomes,
    conserved: campaign.conserved && campaign.planned === sumOf(campaign.outcomes),
    duplicates: fcm === null ? null : fcm.duplicates,
    elapsedMs: Math.round(elapsedMs),
    messagesPerSecond: messagesPerSecond(findings),
    operations: campaign.operations,
  };
}

function messagesPerSecond({ campaign, elapsedMs }: Findings): number {
  return Math.round((campaign.planned / elapsedMs) * 1_000);
}

function outcomeTable({ campaign, expectation }: Findings): string[] {
  const rows = [...new Set([...Object.keys(campaign.reasons), ...Object.keys(expectation.reasons)])].toSorted();
  const cells = rows.map(
    (row) => [row, count(campaign.reasons[row] ?? 0), count(expectation.reasons[row] ?? 0)] as const,
  );
  return [['Outcome', 'Messages', 'Expected'] as const, ...cells].map(
    ([name, actual, expected]) => `${name.padEnd(28)}${actual.padStart(14)}${expected.padStart(14)}`,
  );
}

function conservation({ planned, outcomes }: CampaignView): string {
  const parts = Object.entries(outcomes).map(([outcome, messages]) => `${outcome} ${count(messages)}`);
  const sum = sumOf(outcomes);
  return `planned ${count(planned)} ${planned === sum ? '=' : `!= ${count(sum)} =`} ${parts.join(' + ')}`;
}

function operations({ operations: spent, planned }: CampaignView): string {
  const firestore = spent.firestoreReads + spent.firestoreWrites;
  return (
    `Firestore ${count(spent.firestoreReads)} reads + ${count(spent.firestoreWrites)} writes, ` +
    `${((firestore / Math.max(1, planned)) * 500).toFixed(2)} for each 500 messages; ` +
    `Pub/Sub ${count(spent.pubsubMessages)}, Cloud Tasks ${count(spent.taskOperations)}`
  );
}
