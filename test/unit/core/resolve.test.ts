import assert from 'node:assert/strict';
import fc from 'fast-check';
import { memberSchema, type Member } from '../../../functions/src/contract/member.ts';
import { ANY_TIME } from '../../../functions/src/core/schedule.ts';
import { addressHash } from '../../../functions/src/core/address.ts';
import { collapseTag, compileMessage } from '../../../functions/src/core/compose.ts';
import { AD_RULES } from '../../../functions/src/core/adRules.ts';
import { meant, type Law } from '../../../functions/src/core/gate.ts';
import type { Recipient } from '../../../functions/src/core/recipient.ts';
import { hex, resolveAgain, resolveRecipient, type Mailing } from '../../../functions/src/core/resolve.ts';

const message = compileMessage({ title: 'T', body: '{{name|}}' });
const NOON_MS = Date.UTC(2026, 10, 21, 3);
const law: Law = { kind: 'transactional', rules: AD_RULES.KR, night: 'hold' };
const mailing: Mailing = { campaignId: 'c', law, timing: ANY_TIME };
const marketing: Mailing = { ...mailing, law: { ...law, kind: 'marketing' } };
const person = (fields: Partial<Member> = {}): Member =>
  memberSchema.parse({ memberNo: 7, addresses: [{ token: 'a' }, { token: 'b' }], ...fields });
const recipient = (fields: Partial<Member> = {}, says = message): Recipient => ({
  key: '7',
  person: person(fields),
  message: says,
});
const hash = (token: string): Uint8Array => addressHash({ token });
const pending = (index: number, token: string) => ({ index, key: '7', address: hash(token) });
const used = (...tokens: string[]): Set<string> => new Set(tokens.map((token) => hex(hash(token))));
const tokens = (drafts: Iterable<{ push: { address: object } | null }>): (object | undefined)[] =>
  [...drafts].map(({ push }) => push?.address);

describe('an audience', () => {
  it('means the members that meet every condition', () => {
    assert.equal(meant(undefined, []), true);
    assert.equal(meant({ tagsAny: ['a', 'b'] }, ['b']), true);
    assert.equal(meant({ tagsAny: ['a'] }, []), false);
    assert.equal(meant({ tagsAll: ['a', 'b'] }, ['a']), false);
    assert.equal(meant({ tagsAll: ['a', 'b'], tagsNone: ['c'] }, ['b', 'a']), true);
    assert.equal(meant({ tagsNone: ['c'] }, ['c']), false);
  });
});

describe('resolveRecipient', () => {
  it('plans one message for each address, or one reason', () => {
    assert.deepEqual(tokens(resolveRecipient(mailing, recipient(), NOON_MS)), [{ token: 'a' }, { token: 'b' }]);
    assert.deepEqual(
      resolveRecipient(mailing, recipient({ addresses: [] }), NOON_MS).map(({ code }) => code),
      ['suppressed.no-address'],
    );
    assert.deepEqual(
      resolveRecipient(marketing, recipient({ addresses: [] }), NOON_MS).map(({ code }) => code),
      ['suppressed.no-consent'],
    );
  });

  it('refuses alone what is too large once it is filled', () => {
    const long = compileMessage({ title: 'T', body: '{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}' });
    const drafts = resolveRecipient(mailing, recipient({ vars: { a: 'x'.repeat(500) } }, long), NOON_MS);
    assert.deepEqual(
      drafts.map(({ code, push }) => [code, push]),
      [['failed.payload-too-large', null]],
    );
  });

  it('tags a recipient of a campaign always alike, and no other', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
    fc.assert(
      fc.property(name, name, name, name, (c1, k1, c2, k2) => {
        assert.match(collapseTag(c1, k1), /^[A-Za-z0-9_-]{22}$/);
        assert.equal(collapseTag(c1, k1) === collapseTag(c2, k2), c1 === c2 && k1 === k2);
      }),
    );
  });
});

describe('resolveAgain', () => {
  it('sends to the same address while the member has it', () => {
    const again = resolveAgain(mailing, recipient(), [pending(4, 'b')], used('a', 'b'), NOON_MS);
    assert.deepEqual(tokens(again.values()), [{ token: 'b' }]);
    assert.deepEqual([...again.keys()], [4]);
  });

  it("sends to the address that took the old one's place, but to none that had its message", () => {
    const moved = recipient({ addresses: [{ token: 'a' }, { token: 'new' }] });
    assert.deepEqual(tokens(resolveAgain(mailing, moved, [pending(1, 'b')], used('a', 'b'), NOON_MS).values()), [
      { token: 'new' },
    ]);
    const gone = recipient({ addresses: [{ token: 'a' }] });
    const [draft] = resolveAgain(mailing, gone, [pending(1, 'b')], used('a', 'b'), NOON_MS).values();
    assert.equal(draft?.code, 'suppressed.no-address');
    assert.equal(draft?.push, null);
  });

  it('says of an address that was put aside in between that it was', () => {
    const quarantined = {
      address: hash('b'),
      code: 'invalid.unregistered',
      sinceMs: 0,
      heldAtMs: 0,
      asked: false,
    } as const;
    const aside: Recipient = { key: '7', person: { ...person(), held: [quarantined] }, message };
    const drafts = resolveAgain(mailing, aside, [pending(0, 'a'), pending(1, 'b')], used('a', 'b'), NOON_MS);
    assert.deepEqual(
      [...drafts.values()].map(({ code }) => code),
      ['claimed.sending', 'suppressed.quarantined'],
    );
  });

  it("never sends two of a member's messages to one address", () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...names)),
        fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }),
        (now, then) => {
          const member = recipient({ addresses: now.map((token) => ({ token })) });
          const drafts = resolveAgain(
            mailing,
            member,
            then.map((token, index) => pending(index, token)),
            used(...then),
            NOON_MS,
          );
          assert.equal(drafts.size, then.length);
          const sent = tokens(drafts.values())
            .filter((address) => address !== undefined)
            .map((address) => JSON.stringify(address));
          assert.equal(new Set(sent).size, sent.length);
        },
      ),
    );
  });

  it('honours a refusal that came between two attempts', () => {
    const refused = recipient({ consent: { marketing: { granted: false, at: '2026-01-01T00:00:00Z' } } });
    const again = resolveAgain(marketing, refused, [pending(0, 'a'), pending(1, 'b')], used('a', 'b'), NOON_MS);
    assert.deepEqual(
      [...again.values()].map(({ code, push }) => [code, push]),
      [
        ['suppressed.refused', null],
        ['suppressed.refused', null],
      ],
    );
  });

  it('says of a member who is gone that it is gone', () => {
    const again = resolveAgain(
      mailing,
      { key: '7', nobody: 'suppressed.member-removed' },
      [pending(0, 'a')],
      used('a'),
      NOON_MS,
    );
    assert.deepEqual(
      [...again.values()].map(({ code }) => code),
      ['suppressed.member-removed'],
    );
  });
});
