import assert from 'node:assert/strict';
import { BongsuError, type MemberInput } from '../../client/index.ts';
import { FakeApi, json, problem } from './fakeApi.ts';

function members(count: number): MemberInput[] {
  return Array.from({ length: count }, (_, index) => ({ memberNo: index + 1 }));
}

async function* membersLater(count: number): AsyncGenerator<MemberInput> {
  yield* members(count);
}

function stored(seen: { body: Buffer }) {
  return { members: seen.body.toString().trimEnd().split('\n').length, pages: 1 };
}

describe('storing members', () => {
  let api: FakeApi;

  beforeEach(async () => {
    api = await FakeApi.start();
  });

  afterEach(() => api.close());

  it('sends every member once in NDJSON parts, and adds up the answers', async () => {
    api.answer((seen, response) => json(stored(seen))(seen, response));
    const progress: number[] = [];
    const result = await api
      .client()
      .putMembers(members(25), { maxLines: 10, onProgress: (so) => progress.push(so.members) });
    assert.deepEqual(result, { members: 25, pages: 3, requests: 3 });
    assert.equal(progress.length, 3);
    assert.equal(progress.at(-1), 25);
    const lines = api.seen.flatMap((seen) => seen.body.toString().trimEnd().split('\n'));
    assert.deepEqual(new Set(lines), new Set(members(25).map((member) => JSON.stringify(member))));
    assert.ok(api.seen.every((seen) => seen.type === 'application/x-ndjson' && seen.method === 'PUT'));
  });

  it('never makes a part larger than the server takes', async () => {
    api.answer((seen, response) => json(stored(seen))(seen, response));
    const result = await api.client().putMembers(members(10_001), { maxLines: 1_000_000 });
    assert.equal(result.requests, 2);
  });

  it('takes an async source too', async () => {
    api.answer((seen, response) => json(stored(seen))(seen, response));
    assert.equal((await api.client().putMembers(membersLater(3))).members, 3);
  });

  it('numbers a bad line by its place in the whole upload, and sends no further part', async () => {
    api.answer((seen, response) =>
      seen.body.includes('"memberNo":15}')
        ? problem(422, 'invalid', 'a line is not valid', { errors: [{ field: '/tags', message: 'no', line: 5 }] })(
            seen,
            response,
          )
        : json(stored(seen))(seen, response),
    );
    await assert.rejects(api.client().putMembers(members(100), { maxLines: 10, inFlight: 1 }), (error) => {
      assert.ok(error instanceof BongsuError);
      assert.equal(error.errors[0]?.line, 15);
      assert.equal(error.detail, 'a line is not valid (request with lines 11 to 20)');
      return true;
    });
    assert.equal(api.seen.length, 2);
  });
});
