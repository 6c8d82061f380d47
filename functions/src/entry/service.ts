import type { Service } from '../http/service.ts';
import type { World } from '../ports.ts';
import { putMembers, removeMember } from '../store/directory.ts';
import { consentsDue, patchMember, showMember } from '../stages/members.ts';
import { controlCampaign } from '../stages/control.ts';
import { createCampaign, startCampaign } from '../stages/ingest.ts';
import { putPart } from '../stages/part.ts';
import { estimateCampaign } from '../stages/estimate.ts';
import { testCampaign } from '../stages/testSend.ts';
import { patchCampaign } from '../stages/patch.ts';
import { readiness } from '../stages/ready.ts';
import { listCampaigns, listOutcomes, showCampaign, showRecipient, showRecord } from '../stages/report.ts';

/** What the HTTP contract asks for, answered by the stages. */
export function apiService(world: World): Service {
  return {
    createCampaign: async (request, caller) => {
      const { created, campaign } = await createCampaign(world, request, caller.iss);
      return { created, campaign: await showRecord(world, campaign) };
    },
    estimate: (request) => estimateCampaign(world, request),
    campaign: (id) => showCampaign(world, id),
    campaigns: (query) => listCampaigns(world, query),
    outcomes: (id, filter) => listOutcomes(world, id, filter),
    recipient: (id, key) => showRecipient(world, id, key),
    putPart: (upload) => putPart(world, upload),
    startCampaign: async (id, seal, caller) => showRecord(world, await startCampaign(world, id, seal, caller.iss)),
    patchCampaign: async (id, patch, caller) => showRecord(world, await patchCampaign(world, id, patch, caller.iss)),
    controlCampaign: async (id, call, caller) => showRecord(world, await controlCampaign(world, id, call, caller.iss)),
    testCampaign: (id, test, caller) => testCampaign(world, id, test, caller.iss),
    putMembers: async (members) => ({
      members: members.length,
      pages: await putMembers(world.documents, members),
    }),
    member: (memberNo) => showMember(world, memberNo),
    patchMember: (memberNo, patch) => patchMember(world, memberNo, patch),
    consentsDue: (dueBeforeMs) => consentsDue(world, dueBeforeMs),
    removeMember: (memberNo) => removeMember(world.documents, memberNo),
    ready: () => readiness(world),
  };
}
