import { DEFAULT_FAULTS } from '../../members/faults.ts';
import { plainMembers } from '../../members/member.ts';
import type { Bench, Measurement } from '../measurement.ts';
import { OldServer, type OldRun } from '../oldServer/run.ts';
import { runPersonalised, storeMembers, type UploadRun } from '../pipeline/campaign.ts';
import { PipelineCloud } from '../pipeline/cloud.ts';
import { runSlow } from '../slow.ts';
import { measureParts, type PartsFigures } from './parts.ts';
import { headlinesOf, jsonOf, markdownOf, targetsOf } from './verdict.ts';

/** Members in the directory: so many of the recipients are named by their number, the others by an address. */
const MEMBERS = 20_000;
/** Two rounds of four: the second meets a process that has taken the first. */
const PARTS = 8;
const PARTS_AT_ONCE = 4;

/** Measures memory, each thing on a local cloud of its own. */
export const measureMemory: Measurement = async (bench) => {
  const campaigns = await runCampaigns(bench);
  const slow = await runSlow(bench);
  const parts = await runParts(bench);
  const oldWays = await runOldWays(bench);
  const figures = { campaigns, slow, parts, oldWays };
  return {
    json: jsonOf(figures),
    headlines: headlinesOf(figures),
    markdown: markdownOf(figures),
    targets: targetsOf(figures),
  };
};

/**
 * One campaign after the other through the same two processes: of the smallest size so many that the processes have
 * carried what the largest one will bring, then those of the other sizes, the largest twice. What a process takes
 * until it has its working memory comes with the time that it works, so the first campaign is not counted.
 */
async function runCampaigns({ messages: sizes, signal, say }: Bench): Promise<UploadRun[]> {
  const [smallest = 0, ...larger] = sizes;
  const largest = sizes.at(-1) ?? smallest;
  const small = Array.from({ length: Math.max(2, Math.ceil(largest / smallest)) }, () => smallest);
  const cloud = await PipelineCloud.start({ signal });
  try {
    const profile = plainMembers(DEFAULT_FAULTS);
    await storeMembers(cloud, MEMBERS, profile, signal);
    const members = { profile, lastMemberNo: MEMBERS };
    const runs: UploadRun[] = [];
    for (const [turn, messages] of [...small, ...larger, largest].entries()) {
      say(`${messages.toLocaleString('en-US')} personalised messages${turn === 0 ? ', to warm up' : ''}`);
      const spec = { id: `memory-${turn}`, messages, signal, faults: DEFAULT_FAULTS, members };
      runs.push(await runPersonalised(cloud, spec));
    }
    return runs.slice(1);
  } finally {
    await cloud.stop();
  }
}

async function runParts({ signal, say }: Bench): Promise<PartsFigures> {
  const cloud = await PipelineCloud.start({ signal });
  try {
    say(`${PARTS} parts of 24 MB, ${PARTS_AT_ONCE} at once`);
    return await measureParts(cloud, PARTS, PARTS_AT_ONCE, signal);
  } finally {
    await cloud.stop();
  }
}

async function runOldWays({ baselineMessages, signal, say }: Bench): Promise<OldRun[]> {
  const server = await OldServer.start(0);
  try {
    const runs: OldRun[] = [];
    for (const way of ['awaited', 'at-once'] as const) {
      say(`the old server's way: send ${way}, ${baselineMessages.toLocaleString('en-US')} messages`);
      runs.push(await server.run(way, baselineMessages, signal));
    }
    return runs;
  } finally {
    await server.stop();
  }
}
