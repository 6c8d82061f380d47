import type { CampaignView } from '../../client/index.ts';
import type { Expectation } from '../members/expectation.ts';
import type { FcmReport } from './fcmReport.ts';
import type { ShownTexts } from './trays.ts';

/** All that a run brought to light. */
export interface Findings {
  readonly campaign: CampaignView;
  readonly expectation: Expectation;
  /** The lines of `GET …/outcomes` by `<outcome>.<reason>`. */
  readonly listed: Readonly<Record<string, number>>;
  /** Null where somebody else's FCM server was used. */
  readonly fcm: FcmReport | null;
  /** What devices show, for a campaign of which every message is different; null for any other. */
  readonly texts: ShownTexts | null;
  /** From the request that created the campaign until it had ended. */
  readonly elapsedMs: number;
}

export interface Check {
  readonly what: string;
  readonly holds: boolean;
  /** Both sides, where they differ. */
  readonly difference: string;
}

/** What must hold at the end of a run. */
export function check(findings: Findings): Check[] {
  const { campaign, expectation, listed, fcm, texts } = findings;
  return [
    equal('the campaign is completed', campaign.state, 'completed'),
    equal('every message has one outcome', sumOf(campaign.outcomes), campaign.planned),
    equal('the pipeline says so too', campaign.conserved && campaign.pending === 0, true),
    equal('as many messages as the sample members lead to', campaign.planned, expectation.planned),
    equal('each with the outcome that they lead to', sorted(campaign.reasons), sorted(expectation.reasons)),
    equal('the list of outcomes agrees with the totals', sorted(listed), sorted(campaign.reasons)),
    ...(fcm === null
      ? []
      : [
          equal('FCM accepted as many as the pipeline recorded', fcm.accepted, campaign.outcomes.accepted),
          equal('FCM accepted no message twice', fcm.duplicates, 0),
          equal('no device shows a message twice', fcm.shownTwice, 0),
        ]),
    ...(texts === null
      ? []
      : [
          equal('every address shows its own title and body', texts.right, texts.expected),
          equal('no address shows anything else', texts.wrong, 0),
        ]),
  ];
}

function equal<T extends string | number | boolean>(what: string, actual: T, expected: T): Check {
  const holds = actual === expected;
  return { what, holds, difference: holds ? '' : `${actual}, and not ${expected}` };
}

export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Counts as one text, whatever their order; a count of nothing says as much as no count. */
function sorted(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).filter(([, count]) => count !== 0);
  return entries
    .map(([name, count]) => `${name} ${count}`)
    .toSorted()
    .join(', ');
}
