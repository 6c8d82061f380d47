import assert from 'node:assert/strict';
import { checkAd, labelled } from '../../../functions/src/core/adLabel.ts';
import { AD_RULES } from '../../../functions/src/core/adRules.ts';

const ad = { sender: '봉수백화점', optOut: '무료수신거부 080-000-0000', autoLabel: false };
const good = { title: '(광고) 봄 세일', body: '최대 30%. 봉수백화점, 무료수신거부 080-000-0000' };
const fields = (message: typeof good, label?: typeof ad): string[] =>
  checkAd(message, label, AD_RULES.KR).map(({ field }) => field);

describe('an advertisement', () => {
  it('is taken with label, sender and opt-out', () => {
    assert.deepEqual(fields(good, ad), []);
  });

  it('is told everything that it lacks', () => {
    assert.deepEqual(fields({ title: '봄 세일', body: '최대 30%' }), ['/message/title', '/ad/sender', '/ad/optOut']);
    assert.deepEqual(fields({ title: '봄 세일', body: '최대 30%' }, ad), ['/message/title', '/message/body']);
    assert.deepEqual(fields({ ...good, body: '봉수백화점' }, ad), ['/message/body']);
  });

  for (const title of [
    '[광고] 봄',
    '광고 봄',
    '( 광고) 봄',
    '(광 고) 봄',
    '봄 (광고)',
    '（광고） 봄',
    ' (광고) 봄',
    '(AD) 봄',
  ]) {
    it(`is not labelled by "${title}"`, () => {
      assert.deepEqual(fields({ ...good, title }, ad), ['/message/title']);
    });
  }

  it('is completed where that is asked for, and only by what is missing', () => {
    const auto = { ...ad, autoLabel: true };
    const bare = labelled({ title: '{{name|고객}}님', body: '최대 30%', data: { a: 'b' } }, auto, AD_RULES.KR);
    assert.deepEqual(bare, {
      title: '(광고) {{name|고객}}님',
      body: '최대 30%\n봉수백화점\n무료수신거부 080-000-0000',
      data: { a: 'b' },
    });
    assert.deepEqual(fields(bare, auto), []);
    assert.deepEqual(labelled(good, auto, AD_RULES.KR), good);
    assert.deepEqual(labelled(bare, auto, AD_RULES.KR), bare);
    assert.deepEqual(labelled({ title: 'a', body: 'b' }, ad, AD_RULES.KR), { title: 'a', body: 'b' });
  });
});
