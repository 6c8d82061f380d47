import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { FakeApi, cutOff, json, problem, type Answer, type Seen } from './fakeApi.ts';
import { campaignView } from './samples.ts';

let api: FakeApi;
beforeEach(async () => {
  api = await FakeApi.start();
});
afterEach(() => api.close());

const recipients = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ key: `r-${index}`, token: 't', title: '봄', body: `${index}` }));
const linesOf = ({ body, encoding }: Seen): number =>
  (encoding === 'gzip' ? gunzipSync(body) : body).toString().split('\n').length - 1;
const stored: Answer = (seen, response) =>
  json({ part: Number(seen.url.split('/').at(-1)), recipients: linesOf(seen), pages: 1 })(seen, response);

describe('an upload of recipients', () => {
  it('goes out in numbered parts in gzip, signed as sent, and is told as a seal', async () => {
    api.answer(stored);
    const progress: number[] = [];
    const seal = await api.client().putRecipients('orders', recipients(25), {
      maxLines: 10,
      onProgress: (so) => progress.push(so.recipients),
    });
    assert.deepEqual(seal, { parts: 3, recipients: 25 });
    assert.equal(progress.at(-1), 25);
    assert.deepEqual(api.seen.map(({ method, url }) => `${method} ${url}`).toSorted(), [
      'PUT /v1/campaigns/orders/recipients/1',
      'PUT /v1/campaigns/orders/recipients/2',
      'PUT /v1/campaigns/orders/recipients/3',
    ]);
    assert.ok(api.seen.every(({ type, encoding }) => type === 'application/x-ndjson' && encoding === 'gzip'));
  });

  it('has the same bytes again when it is made again', async () => {
    api.answer(stored);
    for (const gzip of [true, true, false]) await api.client().putRecipients('orders', recipients(5), { gzip });
    const [first, second, plain] = api.seen;
    assert.deepEqual(first?.body, second?.body);
    assert.deepEqual([plain?.encoding, plain === undefined ? 0 : linesOf(plain)], [undefined, 5]);
  });

  it('tries a part again whose connection broke', async () => {
    api.answers(cutOff, stored);
    assert.deepEqual(await api.client().putRecipients('orders', recipients(3)), { parts: 1, recipients: 3 });
    assert.notEqual(api.seen[0]?.claims?.jti, api.seen[1]?.claims?.jti);
  });

  it('names a bad line by its place in the whole upload', async () => {
    const errors = [{ field: '/body', message: 'is required', line: 3 }];
    api.answer((seen, response) =>
      (seen.url.endsWith('/2') ? problem(422, 'invalid', 'Part 2 has 1 error.', { errors }) : stored)(seen, response),
    );
    await assert.rejects(api.client().putRecipients('orders', recipients(20), { maxLines: 10, inFlight: 1 }), {
      name: 'BongsuError',
      code: 'invalid',
      errors: [{ ...errors[0], line: 13 }],
    });
  });

  it('is started with its seal', async () => {
    api.answer(json(campaignView({ state: 'scheduled' })));
    await api.client().startCampaign('orders', { parts: 3, recipients: 25 });
    assert.equal(api.seen[0]?.body.toString(), '{"parts":3,"recipients":25}');
    assert.equal(api.seen[0]?.type, 'application/json');
  });
});
