import assert from 'node:assert/strict';
import { ProblemError } from '../../functions/src/contract/problem.ts';
import { MemoryCloud } from '../memory/cloud.ts';
import { create, createUpload, line, load, members, put, start, view } from './support.ts';

describe('the label of an advertisement', () => {
  const ad = { sender: '봉수', optOut: '수신거부 080' };
  const refusedFields = async (creating: Promise<unknown>): Promise<string[]> => {
    try {
      await creating;
    } catch (error) {
      assert.ok(error instanceof ProblemError);
      assert.equal(error.code, 'invalid');
      return error.errors.map(({ line: at = '', field }) => `${at}${field}`);
    }
    return [];
  };

  it('is missed before anything is stored', async () => {
    const cloud = new MemoryCloud();
    await load(cloud, members(3));
    const bare = { kind: 'marketing', message: { title: '봄', body: '세일' } };
    assert.deepEqual(await refusedFields(create(cloud, 3, { ...bare, ad: undefined })), [
      '/message/title',
      '/ad/sender',
      '/ad/optOut',
    ]);
    assert.deepEqual(await refusedFields(create(cloud, 3, { ...bare, ad })), ['/message/title', '/message/body']);
    await assert.rejects(view(cloud), { code: 'not_found' });
  });

  it('is missed in each uploaded text, or put there', async () => {
    const consent = { marketing: { granted: true, at: '2026-01-02T03:04:05.000Z' } };
    const own = (key: string, title: string, body: string) => line(key, { title, body, consent });
    const lines = [own('good', '(광고) 봄', '봉수, 수신거부 080'), own('bare', '봄', '세일')];
    const strict = new MemoryCloud();
    await createUpload(strict, { kind: 'marketing', ad });
    assert.deepEqual(await refusedFields(put(strict, 1, lines)), ['2/title', '2/body']);
    const auto = new MemoryCloud();
    await createUpload(auto, { kind: 'marketing', ad: { ...ad, autoLabel: true } });
    await put(auto, 1, lines);
    await start(auto, 1, 2);
    await auto.settle();
    assert.deepEqual(
      auto.fcm.posts.map(({ push }) => [push.title, push.body]),
      [
        ['(광고) 봄', '봉수, 수신거부 080'],
        ['(광고) 봄', '세일\n봉수\n수신거부 080'],
      ],
    );
  });
});
