import assert from 'node:assert/strict';
import type { OutcomeLine } from '../../client/index.ts';
import type { Expected } from '../../tools/chaos/audience.ts';
import type { FcmLog, Posts } from '../../tools/chaos/fcmLog.ts';
import { judge, type Ended, type Judgement } from '../../tools/chaos/oracle.ts';
import type { Policy } from '../../tools/chaos/options.ts';

const NOTHING_FOUND = {
  lost: 0,
  untrue: 0,
  surplus: 0,
  shownTwice: 0,
  outsideClaim: 0,
  duplicates: { resend: 0, record: 0 },
  resent: 0,
  unknown: 0,
  overconfident: 0,
  unlawful: 0,
  conserved: true,
  findings: [],
};

const expected = (key: string, fields: Partial<Expected> = {}): Expected => ({
  key,
  address: `device-${key}`,
  addressHash: `hash-${key}`,
  outcome: 'accepted.fcm',
  ambiguous: false,
  ...fields,
});

function line(key: string, code = 'accepted.fcm', fields: Partial<OutcomeLine> = {}): OutcomeLine {
  const [outcome = '', reason = ''] = code.split('.');
  const at = '2026-01-01T00:00:00Z';
  return {
    key,
    outcome,
    reason,
    address: `hash-${key}`,
    attempts: 1,
    consentAt: at,
    nightConsentAt: null,
    at,
    ...fields,
  };
}

/** What FCM decided about the POSTs to each address, in order. */
function saw(decisions: Readonly<Record<string, readonly string[]>>, shownTwice = 0): FcmLog {
  const posts = Object.entries(decisions).map(([address, all]): [string, Posts] => [
    address,
    {
      posts: all.length,
      accepted: all.filter((decision) => decision === 'accepted').length,
      decisions: new Set(all),
      tags: new Set(['tag']),
    },
  ]);
  return { posts: new Map(posts), shownTwice };
}

/** A campaign whose totals are what its lines add up to. */
function ended(lines: readonly OutcomeLine[], all: readonly Expected[], policy: Policy = 'resend', resent = 0): Ended {
  const outcomes = { accepted: 0, invalid: 0, failed: 0, suppressed: 0, expired: 0, cancelled: 0, unknown: 0 };
  const reasons: Record<string, number> = {};
  for (const { outcome, reason } of lines) {
    outcomes[outcome as keyof typeof outcomes] += 1;
    reasons[`${outcome}.${reason}`] = (reasons[`${outcome}.${reason}`] ?? 0) + 1;
  }
  const totals = { planned: lines.length, outcomes, reasons, pending: 0, conserved: true, resent };
  return { policy, expected: all, lines, campaign: { state: 'completed', ...totals } };
}

function found(judgement: Judgement): Partial<Judgement> {
  const { messages: _messages, findings: _findings, ...counts } = judgement;
  return Object.fromEntries(
    Object.entries(counts).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(NOTHING_FOUND[name as keyof typeof NOTHING_FOUND]),
    ),
  );
}

describe("chaos's oracle", () => {
  const two = [expected('1'), expected('2')];
  const lines = [line('1'), line('2')];
  const both = { 'device-1': ['accepted'], 'device-2': ['accepted'] };

  it('finds nothing where nothing is wrong', () => {
    assert.deepEqual(judge([ended(lines, two)], saw(both)), { messages: 2, ...NOTHING_FOUND });
  });

  it('misses a message that has no outcome, though totals and lines agree', () => {
    assert.deepEqual(found(judge([ended([line('1')], two)], saw(both))), { lost: 1, conserved: false });
  });

  it('does not believe that FCM accepted what it never saw', () => {
    assert.deepEqual(found(judge([ended(lines, two)], saw({ 'device-1': ['accepted'] }))), { lost: 1 });
  });

  it('does not believe another outcome than the address leads to, nor one that FCM never gave', () => {
    const dead = [expected('1', { outcome: 'invalid.unregistered' }), expected('2')];
    const wrong = ended([line('1', 'invalid.unregistered'), line('2', 'failed.network')], dead);
    assert.deepEqual(found(judge([wrong], saw(both))), { untrue: 2 });
    const gone = ended([line('1', 'invalid.unregistered'), line('2')], dead);
    assert.deepEqual(found(judge([gone], saw({ ...both, 'device-1': ['UNREGISTERED'] }))), {});
  });

  it('sees an outcome too many, and one of nobody', () => {
    const surplus = ended([...lines, line('2'), line('3')], two);
    assert.deepEqual(found(judge([surplus], saw(both))), { surplus: 2, conserved: false });
  });

  it('counts what was accepted twice, and knows a POST that no claim allows', () => {
    const twice = { ...both, 'device-2': ['accepted', 'accepted'] };
    const claimed = ended([line('1'), line('2', 'accepted.fcm', { attempts: 2 })], two, 'resend', 1);
    assert.deepEqual(found(judge([claimed], saw(twice))), { duplicates: { resend: 1, record: 0 }, resent: 1 });
    assert.deepEqual(found(judge([ended(lines, two)], saw(twice))), {
      outsideClaim: 1,
      duplicates: { resend: 1, record: 0 },
    });
  });

  it('lets a campaign that records call unknown what it cannot know, and nothing else', () => {
    const open = [expected('1', { ambiguous: true }), expected('2')];
    const unknown = [line('1', 'unknown.connection-lost'), line('2')];
    assert.deepEqual(found(judge([ended(unknown, open, 'record')], saw(both))), { unknown: 1 });
    assert.deepEqual(found(judge([ended(lines, open, 'record')], saw(both))), { overconfident: 1 });
    assert.deepEqual(found(judge([ended(unknown, open)], saw(both))), { unknown: 1, untrue: 1 });
    const unclaimed = [line('1', 'unknown.sender-died', { attempts: 0 }), line('2')];
    assert.deepEqual(found(judge([ended(unclaimed, open, 'record')], saw({ 'device-2': ['accepted'] }))), {
      unknown: 1,
      untrue: 1,
    });
  });

  it('lets a campaign that records know what FCM refused everybody before the address could lose its answer', () => {
    const open = [expected('1', { ambiguous: true }), expected('2')];
    const told = ended([line('1', 'accepted.fcm', { attempts: 2 }), line('2')], open, 'record');
    for (const refusal of ['QUOTA_EXCEEDED', 'UNAUTHENTICATED', 'PERMISSION_DENIED', 'UNAVAILABLE']) {
      assert.deepEqual(found(judge([told], saw({ ...both, 'device-1': [refusal, 'accepted'] }))), {}, refusal);
    }
    const lostFirst = saw({ ...both, 'device-1': ['accepted', 'QUOTA_EXCEEDED'] });
    assert.deepEqual(found(judge([told], lostFirst)), { overconfident: 1 });
    assert.deepEqual(found(judge([told], saw({ ...both, 'device-1': ['DROPPED', 'accepted'] }))), { overconfident: 1 });
  });

  it('counts every POST to somebody who has not consented, accepted or not', () => {
    const refused = [expected('1'), expected('2', { address: null, addressHash: null, outcome: 'suppressed.refused' })];
    const told = ended([line('1'), line('2', 'suppressed.refused', { address: null, attempts: 0 })], refused);
    const log = saw({ 'device-1': ['accepted'], 'device-2': ['accepted', 'UNAVAILABLE'] });
    assert.deepEqual(found(judge([told], log)), { unlawful: 2 });
    assert.deepEqual(found(judge([told], saw({ 'device-1': ['accepted'] }))), {});
  });

  it('takes over what devices show twice', () => {
    assert.deepEqual(found(judge([ended(lines, two)], saw(both, 3))), { shownTwice: 3 });
  });

  it('does not believe totals that are not what the lines add up to, nor a campaign that has not ended', () => {
    const right = ended(lines, two);
    const wrongs: Partial<Ended['campaign']>[] = [
      { planned: 3 },
      { pending: 1 },
      { conserved: false },
      { state: 'halted' },
      { reasons: { 'accepted.fcm': 1, 'failed.network': 1 } },
    ];
    for (const wrong of wrongs) {
      const judgement = judge([{ ...right, campaign: { ...right.campaign, ...wrong } }], saw(both));
      assert.deepEqual(found(judgement), { conserved: false }, JSON.stringify(wrong));
    }
  });
});
