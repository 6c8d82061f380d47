import assert from 'node:assert/strict';
import type { Member } from '../../functions/src/contract/member.ts';
import { ANY_TIME } from '../../functions/src/core/schedule.ts';
import { AD_RULES } from '../../functions/src/core/adRules.ts';
import { compileMessage } from '../../functions/src/core/compose.ts';
import { resolveRecipient } from '../../functions/src/core/resolve.ts';
import { behaviourOfAddress } from '../../simulators/fcm/faults/behaviours.ts';
import { Expecting } from '../../tools/members/expectation.ts';
import { DEFAULT_FAULTS, faultOf, FAULTS, withFaults } from '../../tools/members/faults.ts';
import { generateMembers } from '../../tools/members/generate.ts';

const CONSENT = { marketing: { granted: true, at: '2025-01-01T00:00:00Z' } };
const NONE = { addresses: [], vars: {}, tags: [] };

/** By day in Seoul. */
const NOON_MS = Date.UTC(2026, 10, 21, 3);

function expected(kind: 'marketing' | 'transactional', members: Iterable<Member>) {
  const expecting = new Expecting(kind);
  for (const member of members) expecting.add(member);
  return expecting.result();
}

describe('what a campaign must come to', () => {
  const members: Member[] = [
    { ...NONE, memberNo: 1, consent: CONSENT, addresses: [{ token: 'x:APA91b' }, { token: 'dead:x' }] },
    { ...NONE, memberNo: 2, consent: {}, addresses: [{ token: 'y:APA91b' }, { fid: 'z' }] },
    {
      ...NONE,
      memberNo: 3,
      consent: { marketing: { ...CONSENT.marketing, granted: false } },
      addresses: [{ fid: 'f' }],
    },
    { ...NONE, memberNo: 9, consent: CONSENT },
  ];

  it('for advertising follows the consent of each member', () => {
    assert.deepEqual(expected('marketing', members), {
      members: 4,
      lastMemberNo: 9,
      planned: 5,
      reasons: {
        'accepted.fcm': 1,
        'invalid.unregistered': 1,
        'suppressed.no-address': 1,
        'suppressed.no-consent': 1,
        'suppressed.refused': 1,
      },
      outcomes: { accepted: 1, invalid: 1, suppressed: 3 },
    });
  });

  it('for a transaction needs no consent', () => {
    const { planned, reasons } = expected('transactional', members);
    assert.equal(planned, 6);
    assert.deepEqual(reasons, { 'accepted.fcm': 4, 'invalid.unregistered': 1, 'suppressed.no-address': 1 });
  });

  for (const kind of ['marketing', 'transactional'] as const) {
    it(`agrees with what the pipeline plans for a ${kind} campaign`, () => {
      const law = { kind, rules: AD_RULES.KR, night: 'hold' as const };
      const message = compileMessage({ title: '(광고) 봄', body: '{{name|고객}}님' });
      const sample = [...generateMembers({ members: 3_000, seed: 7 })];
      const drafts = sample.flatMap((member) =>
        resolveRecipient(
          { campaignId: 'c', law, timing: ANY_TIME },
          { key: String(member.memberNo), person: member, message },
          NOON_MS,
        ),
      );
      const { planned, reasons } = expected(kind, sample);
      assert.equal(drafts.length, planned);
      for (const reason of ['suppressed.no-address', 'suppressed.no-consent', 'suppressed.refused'] as const) {
        assert.equal(drafts.filter((draft) => draft.code === reason).length, reasons[reason] ?? 0, reason);
      }
    });
  }
});

describe('the addresses that are to fail', () => {
  it('are those at which the FCM simulator misbehaves, and no others', () => {
    for (const fault of Object.keys(FAULTS)) assert.ok(behaviourOfAddress(`${fault}:AAAA`) !== undefined, fault);
    for (const member of generateMembers({ members: 5_000, seed: 3 })) {
      for (const { token, fid } of member.addresses) {
        const address = token ?? fid ?? '';
        assert.equal(behaviourOfAddress(address) === undefined, faultOf(address) === null, address);
      }
    }
  });

  it('can be set by name and share', () => {
    assert.deepEqual(withFaults(DEFAULT_FAULTS, ['dead=0', 'hang-8000=.05']), {
      ...DEFAULT_FAULTS,
      dead: 0,
      'hang-8000': 0.05,
    });
  });

  for (const text of [
    '',
    'dead',
    'dead=',
    'dead=2',
    'dead=-1',
    'dead=1e3',
    'dead=0.1=0.1',
    'toString=0.1',
    'dead=0.999',
  ]) {
    it(`are not read from "${text}"`, () => {
      assert.throws(() => withFaults(DEFAULT_FAULTS, [text]), RangeError);
    });
  }
});
