import { ProblemError } from '../contract/problem.ts';
import type { UploadedRecipient } from '../contract/recipient.ts';
import type { TestAnswer, TestResult, TestSend, TestTarget } from '../contract/testSend.ts';
import { outgoingMessage } from '../core/adLabel.ts';
import { AD_RULES } from '../core/adRules.ts';
import { compileMessage, personalise, type CompiledMessage } from '../core/compose.ts';
import { loadOf } from '../core/inFlight.ts';
import { wordsOf } from '../core/counts.ts';
import { decodeUploaded, uploadedRecipient, type Recipient } from '../core/recipient.ts';
import { hex, resolveRecipient, type Draft, type Mailing } from '../core/resolve.ts';
import { ANY_TIME } from '../core/schedule.ts';
import { linesOfPage } from '../core/uploadPage.ts';
import { judge } from '../core/verdict.ts';
import type { World } from '../ports.ts';
import { readCampaignRecord, updateCampaignRecord } from '../store/campaigns.ts';
import { metered } from '../store/meter.ts';
import { untilSettled } from '../store/mutate.ts';
import type { CampaignRecord } from '../store/records.ts';
import { readPartRecord, readUploadPage } from '../store/uploads.ts';
import { memberSource } from './memberSource.ts';

/**
 * Tests of one campaign. They stand in no ledger and count for nothing, so they must not become a second way to send; and
 * each takes a line of the campaign's audit.
 */
const TESTS_MAX = 100;
/** One attempt, and what FCM's answer leaves open stays open. */
const ONCE = { onAmbiguous: 'record', maxAttempts: 1 } as const;
/** The space is in no campaign's id: a device shows the test beside the campaign's own push, not in its place. */
const TEST_MARK = ' test';

/** One message of a test. */
interface Trial {
  readonly to: number;
  readonly draft: Draft;
}

/**
 * Sends a campaign's message at once to named members and addresses, or has FCM check it. The law is asked as for the
 * campaign itself; what it would hold until the morning is suppressed. Nothing of it is in the ledger or in any count.
 *
 * @throws ProblemError `not_found`; `conflict` once the campaign has ended, or was tested too often; `invalid` where
 * there is no message to send, or an advertisement goes to an inline address without a statement of consent
 */
export async function testCampaign(world: World, id: string, test: TestSend, who: string): Promise<TestAnswer> {
  const stored = await readCampaignRecord(world.documents, id);
  if (stored === null) throw notFound();
  const campaign = stored.record;
  assertTestable(campaign);
  const message = await messageOf(world, campaign, test);
  const recipients = await recipientsOf(world, campaign, message, test);
  await noteTest(world, id, test, who);
  const nowMs = world.clock.now();
  const mailing = mailingOf(world, campaign, test);
  const trials = recipients.flatMap((recipient, to) =>
    resolveRecipient(mailing, recipient, nowMs).map((draft): Trial => ({ to, draft })),
  );
  const results = await send(world, trials, test.validateOnly);
  const accepted = results.filter(({ outcome }) => outcome === 'accepted').length;
  world.log.info('campaign tested', {
    campaignId: id,
    messages: results.length,
    accepted,
    validateOnly: test.validateOnly,
  });
  return { validateOnly: test.validateOnly, results };
}

/** FCM's check shows nobody anything: the law has no say in it. */
function mailingOf({ settings }: World, { id, request }: CampaignRecord, { validateOnly }: TestSend): Mailing {
  const kind = validateOnly ? 'transactional' : request.kind;
  const law = { kind, rules: AD_RULES[settings.country], night: 'suppress' } as const;
  return { campaignId: `${id}${TEST_MARK}`, law, timing: ANY_TIME };
}

/** The campaign's message, or the one of the uploaded recipient that the test names. */
async function messageOf(
  world: World,
  { id, request }: CampaignRecord,
  { recipient: named }: TestSend,
): Promise<{ readonly compiled: CompiledMessage; readonly vars: Readonly<Record<string, string>> }> {
  const shared = outgoingMessage(request, AD_RULES[world.settings.country]);
  const own = named === undefined ? null : await findUploaded(world, id, named);
  if (named !== undefined && own === null) {
    throw invalid('/recipient', 'is not among the uploaded recipients of this part');
  }
  for (const field of ['title', 'body'] as const) {
    if (shared[field] !== undefined || own?.[field] !== undefined) continue;
    throw invalid('/recipient', `is required: the campaign's message has no ${field}`);
  }
  const compiled = compileMessage(shared);
  return own === null ? { compiled, vars: {} } : { compiled: personalise(compiled, own), vars: own.vars ?? {} };
}

/** One recipient of a part, page by page: there is no index of keys before the upload is complete. */
async function findUploaded(
  { documents }: World,
  campaignId: string,
  { part, key }: NonNullable<TestSend['recipient']>,
): Promise<UploadedRecipient | null> {
  const stored = await readPartRecord(documents, campaignId, part);
  const { uploadId = '', pageSizes = [] } = stored?.record ?? {};
  for (const page of pageSizes.keys()) {
    const lines = await readUploadPage(documents, { campaignId, uploadId, page });
    for (const line of lines === null ? [] : linesOfPage(lines)) {
      const found = line.includes(key) ? decodeUploaded(line) : null;
      if (found?.key === key) return found;
    }
  }
  return null;
}

/** Whom the test goes to, in the order of `to`. */
async function recipientsOf(
  world: World,
  { request }: CampaignRecord,
  { compiled, vars }: Awaited<ReturnType<typeof messageOf>>,
  { to, validateOnly }: TestSend,
): Promise<Recipient[]> {
  const numbers = to.flatMap(({ memberNo }) => memberNo ?? []);
  const directory = memberSource(metered(world), { from: 1, to: Number.MAX_SAFE_INTEGER }, compiled);
  const members = await directory.find({ from: 0, to: 0 }, new Set(numbers.map(String)));
  return to.map((target, place): Recipient => {
    const known = members.get(String(target.memberNo));
    if (known === undefined && request.kind === 'marketing' && !validateOnly) checkConsent(target, place);
    const recipient = known ?? uploadedRecipient(compiled, { key: `to-${place}`, ...target }, null);
    if ('nobody' in recipient) return recipient;
    const { person } = recipient;
    return { ...recipient, person: { ...person, vars: { ...person.vars, ...vars, ...target.vars } } };
  });
}

function checkConsent({ consent }: TestTarget, place: number): void {
  if ((consent?.marketing ?? null) !== null) return;
  throw invalid(`/to/${place}/consent/marketing`, 'is required: this is marketing to an inline address');
}

/** Writes the test into the campaign's audit, before anything is sent. */
async function noteTest(world: World, id: string, test: TestSend, who: string): Promise<void> {
  await untilSettled(async () => {
    const stored = await readCampaignRecord(world.documents, id);
    if (stored === null) throw notFound();
    assertTestable(stored.record);
    const { tests, audit } = stored.record;
    const what = `${test.validateOnly ? 'validated' : 'tested'} with ${test.to.length}`;
    await updateCampaignRecord(world.documents, stored, {
      tests: tests + 1,
      audit: [...audit, { atMs: world.clock.now(), who, what }],
    });
  });
}

async function send(world: World, trials: readonly Trial[], validateOnly: boolean): Promise<TestResult[]> {
  const { sender, inFlight, clock } = world;
  const codes = trials.map(({ draft }) => draft.code);
  const posted = trials.flatMap(({ draft: { push } }, place) => (push === null ? [] : [{ push, place }]));
  if (posted.length > 0) {
    const permit = await inFlight.acquire(loadOf(trials.map(({ draft }) => draft)));
    try {
      await sender.send(
        posted.map(({ push }) => push),
        (index, result) => {
          const nowMs = clock.now();
          const place = posted[index]?.place ?? -1;
          codes[place] = judge(result, { number: 1, firstAttemptAtMs: nowMs, nowMs }, ONCE).code;
          permit.answered(result);
        },
        undefined,
        validateOnly ? 'validate' : 'deliver',
      );
    } finally {
      permit.release();
    }
  }
  return trials.map(({ to, draft }, place) => ({
    to,
    address: draft.address === null ? null : hex(draft.address),
    ...(wordsOf(codes[place] ?? draft.code) as Pick<TestResult, 'outcome' | 'reason'>),
  }));
}

function assertTestable({ state, endedAtMs, tests }: CampaignRecord): void {
  if (endedAtMs !== null) throw new ProblemError('conflict', `The campaign is ${state} and cannot be tested.`);
  if (tests < TESTS_MAX) return;
  throw new ProblemError('conflict', `The campaign has been tested ${TESTS_MAX} times, and no more are allowed.`);
}

const notFound = (): ProblemError => new ProblemError('not_found', 'There is no campaign with this id.');
const invalid = (field: string, message: string): ProblemError =>
  new ProblemError('invalid', 'The test cannot be sent as it is.', [{ field, message }]);
