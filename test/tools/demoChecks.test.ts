import assert from 'node:assert/strict';
import { check, type Findings } from '../../tools/demo/checks.ts';
import { reportOf, resultOf } from '../../tools/demo/report.ts';
import { Stall } from '../../tools/demo/stall.ts';
import { campaignView } from '../client/samples.ts';

const REASONS = { 'accepted.fcm': 8, 'invalid.unregistered': 1, 'suppressed.no-consent': 1 };
const OUTCOMES = { accepted: 8, invalid: 1, failed: 0, suppressed: 1, expired: 0, cancelled: 0, unknown: 0 };

const GOOD: Findings = {
  campaign: campaignView({ state: 'completed', outcomes: OUTCOMES, reasons: REASONS, pending: 0, conserved: true }),
  expectation: { members: 9, lastMemberNo: 10, planned: 10, reasons: REASONS, outcomes: OUTCOMES },
  listed: REASONS,
  fcm: { posts: 9, accepted: 8, duplicates: 0, shownTwice: 0 },
  texts: { expected: 8, right: 8, wrong: 0 },
  elapsedMs: 2_000,
};
const FCM = { posts: 9, accepted: 8, duplicates: 0, shownTwice: 0 };

function failing(changes: Partial<Findings>): string[] {
  return check({ ...GOOD, ...changes })
    .filter(({ holds }) => !holds)
    .map(({ what }) => what);
}

describe('what must hold at the end of a demo', () => {
  it('holds for a run without a fault, whatever order the counts come in', () => {
    assert.deepEqual(failing({}), []);
    assert.deepEqual(failing({ listed: Object.fromEntries(Object.entries(REASONS).toReversed()) }), []);
    assert.deepEqual(failing({ listed: { ...REASONS, 'failed.network': 0 } }), []);
  });

  const faults: readonly [string, Partial<Findings>, string[]][] = [
    ['a halted campaign', { campaign: { ...GOOD.campaign, state: 'halted' } }, ['the campaign is completed']],
    [
      'a lost message',
      { campaign: { ...GOOD.campaign, planned: 11 } },
      ['every message has one outcome', 'as many messages as the sample members lead to'],
    ],
    ['a message that is still pending', { campaign: { ...GOOD.campaign, pending: 1 } }, ['the pipeline says so too']],
    [
      'a pipeline that denies conservation',
      { campaign: { ...GOOD.campaign, conserved: false } },
      ['the pipeline says so too'],
    ],
    [
      'one reason in place of another',
      { expectation: { ...GOOD.expectation, reasons: { ...REASONS, 'accepted.fcm': 7, 'invalid.malformed': 1 } } },
      ['each with the outcome that they lead to'],
    ],
    [
      'a device with the texts of another',
      { texts: { expected: 8, right: 7, wrong: 1 } },
      ['every address shows its own title and body', 'no address shows anything else'],
    ],
    ['a line too few', { listed: { ...REASONS, 'accepted.fcm': 7 } }, ['the list of outcomes agrees with the totals']],
    [
      'a message that FCM accepted and nobody recorded',
      { fcm: { ...FCM, accepted: 9 } },
      ['FCM accepted as many as the pipeline recorded'],
    ],
    ['a message sent twice', { fcm: { ...FCM, duplicates: 1 } }, ['FCM accepted no message twice']],
    ['a message shown twice', { fcm: { ...FCM, shownTwice: 1 } }, ['no device shows a message twice']],
  ];
  for (const [what, changes, expected] of faults) {
    it(`does not hold for ${what}`, () => assert.deepEqual(failing(changes), expected));
  }

  it('leaves out what somebody else’s FCM server got', () => {
    assert.deepEqual(failing({ fcm: null }), []);
    assert.equal(check({ ...GOOD, fcm: null }).length, check(GOOD).length - 3);
    assert.equal(resultOf({ ...GOOD, fcm: null }).duplicates, null);
  });
});

describe('the account of a demo', () => {
  it('for programs is one object with these fields', () => {
    assert.deepEqual(resultOf(GOOD), {
      campaignId: 'spring',
      planned: 10,
      outcomes: OUTCOMES,
      conserved: true,
      duplicates: 0,
      elapsedMs: 2_000,
      messagesPerSecond: 5,
      operations: {
        firestoreReads: 3,
        firestoreWrites: 5,
        firestoreDeletes: 2,
        pubsubMessages: 1,
        taskOperations: 2,
        instanceMs: 40,
      },
    });
  });

  it('for programs does not call conserved what does not add up', () => {
    assert.equal(resultOf({ ...GOOD, campaign: { ...GOOD.campaign, planned: 11 } }).conserved, false);
  });

  it('for people shows both sides of conservation, and what FCM and Firestore counted', () => {
    const text = reportOf(GOOD, check(GOOD));
    assert.match(
      text,
      /planned 10 = accepted 8 \+ invalid 1 \+ failed 0 \+ suppressed 1 \+ expired 0 \+ cancelled 0 \+ unknown 0/,
    );
    assert.match(text, /9 POSTs, 8 accepted, 0 twice/);
    assert.match(text, /3 reads \+ 5 writes, 400\.00 for each 500 messages/);
    assert.match(text, /accepted\.fcm +8 +8\n/);
    assert.doesNotMatch(text, /FAIL/);
  });

  it('for people shows both sides of what does not hold', () => {
    const bad = { ...GOOD, campaign: { ...GOOD.campaign, planned: 11, problems: ['two ranges have no lease'] } };
    const text = reportOf(bad, check(bad));
    assert.match(text, /planned 11 != 10 = accepted 8/);
    assert.match(text, /FAIL every message has one outcome: 10, and not 11/);
    assert.match(text, /note two ranges have no lease/);
  });
});

describe('a campaign that no longer moves', () => {
  it('ends the run after five minutes, with its state and its problems', () => {
    const stall = new Stall();
    const campaign = campaignView({ problems: ['FCM cannot be reached'] });
    stall.check(3, campaign, 0);
    stall.check(4, campaign, 200_000);
    stall.check(4, campaign, 499_999);
    assert.throws(
      () => stall.check(4, campaign, 500_000),
      /running, 4 of 10 messages have an outcome; FCM cannot be reached/,
    );
  });
});
