import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PAYLOAD_MAX_BYTES } from '../../../functions/src/contract/message.ts';
import { compileMessage, compose, personalise } from '../../../functions/src/core/compose.ts';
import { payloadBytes, payloadFits } from '../../../functions/src/core/payload.ts';

/** Texts whose JSON is up to six times as long as they are, and long enough to stand on both sides of the limit. */
const text = (maxLength: number) =>
  fc
    .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }), fc.nat(maxLength))
    .map(([unit, length]) => unit.repeat(Math.ceil(length / unit.length)));

describe('payloadFits', () => {
  it('says of every message what its measured bytes say', () => {
    fc.assert(
      fc.property(
        text(2_500),
        text(2_500),
        fc.option(fc.webUrl()),
        fc.dictionary(text(30), text(600), { maxKeys: 5 }),
        (title, body, imageUrl, data) => {
          const image = imageUrl === null ? {} : { imageUrl };
          const fixed = { ...image, android: { channelId: 'c' }, apns: {}, webpush: {} };
          const fixedBytes = payloadBytes({ ...fixed, title: '', body: '', data: {} });
          const push = { ...fixed, title, body, data };
          assert.equal(payloadFits(push, fixedBytes), payloadBytes(push) <= PAYLOAD_MAX_BYTES);
        },
      ),
    );
  });

  it('takes the last byte, and not one more, of texts that become six times as long', () => {
    const fixed = { android: {}, apns: {}, webpush: {} };
    const fixedBytes = payloadBytes({ ...fixed, title: '', body: '', data: {} });
    const room = PAYLOAD_MAX_BYTES - fixedBytes;
    const push = { ...fixed, title: '\u0001'.repeat(Math.floor(room / 6)), body: 'x'.repeat(room % 6), data: {} };
    assert.equal(payloadBytes(push), PAYLOAD_MAX_BYTES);
    assert.equal(payloadFits(push, fixedBytes), true);
    assert.equal(payloadFits({ ...push, body: `${push.body}x` }, fixedBytes), false);
  });
});

describe('a message with an image of the recipient’s own', () => {
  it('shows it in place of the common one, and is as large as that makes it', () => {
    const common = compileMessage({ title: 'T', body: 'B', imageUrl: 'https://example.com/common.png' });
    const composed = (imageUrl: string) => compose(personalise(common, { imageUrl }), {}, 'tag');
    const bytes = (imageUrl: string): number =>
      payloadBytes({ title: 'T', body: 'B', data: {}, imageUrl, android: {}, apns: {}, webpush: {} });
    const longest = 'x'.repeat(PAYLOAD_MAX_BYTES - bytes(''));
    const taken = composed(longest);
    assert.equal('content' in taken && taken.content.imageUrl, longest);
    assert.deepEqual(composed(`${longest}x`), { code: 'failed.payload-too-large' });
  });
});
