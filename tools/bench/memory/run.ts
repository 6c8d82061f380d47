import { measureOldWay, OLD_WAYS } from './baseline.ts';
import { measureCampaign, startBenchCloud, type CampaignFigures } from './campaign.ts';
import { measureParts } from './parts.ts';
import type { Measurement } from '../measurement.ts';
import { tableOf, targetsOf, type MemoryFigures } from './verdict.ts';

const HANGING_SHARE = 0.05;
/** Two rounds of four: the second meets a process that has taken the first. */
const PARTS = 8;
const PARTS_AT_ONCE = 4;

/** Measures memory in runs of their own, one after the other, each on a local cloud that did nothing before. */
export const measureMemory: Measurement = async ({ messages: sizes, baselineMessages, signal, say }) => {
  const campaign = (messages: number, hangingShare: number): Promise<CampaignFigures> => {
    say(
      `> ${messages.toLocaleString('en-US')} personalised messages${hangingShare > 0 ? ', 5% of addresses hang 8 s' : ''}`,
    );
    return measureCampaign({ messages, hangingShare, padding: 0, signal, say, nodeArgs: [] });
  };
  const campaigns: CampaignFigures[] = [];
  for (const size of sizes) campaigns.push(await campaign(size, 0));
  const hanging = await campaign(baselineMessages, HANGING_SHARE);

  const cloud = await startBenchCloud(signal, []);
  try {
    say(`> ${PARTS} parts of 24 MB, ${PARTS_AT_ONCE} at once`);
    const parts = await measureParts(cloud, PARTS, PARTS_AT_ONCE, signal);
    const baselines = [];
    for (const way of OLD_WAYS) {
      say(`> the old server's way: send ${way}, ${baselineMessages.toLocaleString('en-US')} messages`);
      baselines.push(await measureOldWay(way, baselineMessages, cloud.endpoints.fcm, signal));
    }
    const figures: MemoryFigures = { campaigns, hanging, parts, baselines };
    return { json: figures, targets: targetsOf(figures), markdown: tableOf(figures) };
  } finally {
    await cloud.stop();
  }
};
