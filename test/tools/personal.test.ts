import assert from 'node:assert/strict';
import { recipientSchema } from '../../functions/src/contract/recipient.ts';
import { ANY_TIME } from '../../functions/src/core/schedule.ts';
import { sharedMessageSchema } from '../../functions/src/contract/message.ts';
import { AD_RULES } from '../../functions/src/core/adRules.ts';
import { checkUploaded } from '../../functions/src/core/check.ts';
import { compileMessage } from '../../functions/src/core/compose.ts';
import { uploadedRecipient } from '../../functions/src/core/recipient.ts';
import { resolveRecipient } from '../../functions/src/core/resolve.ts';
import { DEFAULT_FAULTS } from '../../tools/members/faults.ts';
import { DEFAULT_PROFILE, memberAt } from '../../tools/members/member.ts';
import { PersonalExpecting } from '../../tools/personal/expectation.ts';
import { generatePersonal, SHARED_MESSAGE } from '../../tools/personal/generate.ts';

const SAMPLE = {
  recipients: 2_000,
  seed: 3,
  faults: DEFAULT_FAULTS,
  members: { profile: DEFAULT_PROFILE, lastMemberNo: 1_500 },
};

describe('personalised sample messages', () => {
  const messages = [...generatePersonal(SAMPLE)];
  const shared = sharedMessageSchema.parse(SHARED_MESSAGE);

  it('are the same for the same seed, others for another, and no two of them alike', () => {
    assert.deepEqual([...generatePersonal(SAMPLE)], messages);
    assert.notDeepEqual([...generatePersonal({ ...SAMPLE, seed: 4 })], messages);
    assert.equal(new Set(messages.map(({ title }) => title)).size, SAMPLE.recipients);
    assert.equal(new Set(messages.map(({ line }) => line.key)).size, SAMPLE.recipients);
  });

  it('name members and addresses, with texts of their own and with variables', () => {
    const shares = (condition: (line: (typeof messages)[number]['line']) => boolean): number =>
      messages.filter(({ line }) => condition(line)).length / SAMPLE.recipients;
    assert.ok(shares(({ memberNo }) => memberNo !== undefined) > 0.3);
    assert.ok(shares(({ token }) => token !== undefined) > 0.3);
    assert.ok(shares(({ fid }) => fid !== undefined) > 0.01);
    assert.ok(shares(({ vars }) => vars !== undefined) > 0.1);
    assert.ok(messages.every(({ line }) => (line.memberNo ?? 0) <= 1_500));
  });

  it('lead the pipeline to what is expected of them, text by text', () => {
    const { KR: rules } = AD_RULES;
    const checks = { kind: 'transactional', shared, compiled: compileMessage(shared), ad: undefined, rules } as const;
    const law = { kind: checks.kind, rules, night: 'hold' } as const;
    const expecting = new PersonalExpecting();
    const planned = [...expecting.through(messages)].flatMap((line) => {
      const parsed = recipientSchema.parse(line);
      assert.deepEqual(checkUploaded(checks, parsed), []);
      const member = memberAt(SAMPLE.seed, parsed.memberNo ?? 0, DEFAULT_PROFILE);
      const recipient = uploadedRecipient(checks.compiled, parsed, member);
      return resolveRecipient({ campaignId: 'c', law, timing: ANY_TIME }, recipient, Date.UTC(2026, 10, 21, 3));
    });
    assert.equal(planned.length, expecting.result().planned);
    const shown = new Map(
      planned.flatMap(({ push }) =>
        push === null
          ? []
          : [['token' in push.address ? push.address.token : push.address.fid, { title: push.title, body: push.body }]],
      ),
    );
    for (const [address, texts] of expecting.shown) assert.deepEqual(shown.get(address), texts);
    assert.ok(expecting.shown.size > 1_500);
  });
});
