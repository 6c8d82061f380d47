import type { CampaignRequest } from '../../functions/src/contract/campaign.ts';
import type { Member } from '../../functions/src/contract/member.ts';
import type { Doc } from '../../functions/src/ports.ts';
import type { Entry } from './ledger.ts';
import type { Message } from './message.ts';
import type { PlannedCampaign } from './scenario.ts';
import type { Standing } from './stops.ts';

/** What is left when everything is over. */
export interface Aftermath {
  readonly request: CampaignRequest;
  /** What was uploaded; null for a campaign to members. */
  readonly parts: PlannedCampaign['parts'];
  readonly documents: readonly Doc[];
  /** Pages of an upload that expire, because nobody knew of them. */
  readonly strayPages: ReadonlySet<string>;
  readonly members: readonly Member[];
  /** Members that were changed while the campaign ran. */
  readonly touched: ReadonlySet<number>;
  /** Those of them that were not members all the time: the walk may have met them or not. */
  readonly mayLack: ReadonlySet<number>;
  /** What became of the campaign, as its document told it. */
  readonly standing: Standing;
  readonly messages: ReadonlyMap<string, Message>;
  /** Ambiguous messages that were claimed again, by batch. */
  readonly repeatedIn: ReadonlyMap<string, number>;
  /** Batches of which a redrive took something up again. */
  readonly redriven: ReadonlySet<string>;
}

/** One document of the ledger. */
export interface Batch {
  readonly path: string;
  readonly fields: Doc['fields'];
  readonly entries: readonly Entry[];
}
