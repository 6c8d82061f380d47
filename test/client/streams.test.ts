import assert from 'node:assert/strict';
import { BongsuAnswerError } from '../../client/index.ts';
import { FakeApi, json, problem, type Answer } from './fakeApi.ts';
import { campaignView, collect, outcomeLine } from './samples.ts';

let api: FakeApi;
beforeEach(async () => {
  api = await FakeApi.start();
});
afterEach(() => api.close());

function ndjson(...chunks: (string | Buffer)[]): Answer {
  return async (_seen, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    for (const chunk of chunks) {
      response.write(chunk);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    response.end();
  };
}
const line = (key: string) => `${JSON.stringify(outcomeLine(key))}\n`;

describe('the outcomes of a campaign', () => {
  it('come line by line, wherever the network cuts them', async () => {
    const bytes = Buffer.from(line('봄-1') + line('2') + line('3'));
    api.answer(ndjson(bytes.subarray(0, 9), bytes.subarray(9, 10), bytes.subarray(10, 300), bytes.subarray(300)));
    const lines = await collect(api.client().outcomes('spring', { outcome: 'accepted' }));
    assert.deepEqual(
      lines.map((each) => each.key),
      ['봄-1', '2', '3'],
    );
    assert.equal(api.seen[0]?.url, '/v1/campaigns/spring/outcomes?outcome=accepted');
  });

  it('of a campaign without messages are none', async () => {
    api.answer(ndjson());
    assert.deepEqual(await collect(api.client().outcomes('spring')), []);
  });

  const cuts: readonly [string, Answer][] = [
    [
      'between two lines',
      async (_seen, response) => {
        response.write(line('1'));
        await new Promise((resolve) => void setTimeout(resolve, 10));
        response.destroy();
      },
    ],
    ['within a line that ends in good order', ndjson(line('1'), '{"key":')],
  ];
  for (const [where, answer] of cuts) {
    it(`that were cut off ${where} are an error after the lines that came`, async () => {
      api.answer(answer);
      const keys: string[] = [];
      await assert.rejects(
        async () => {
          for await (const each of api.client().outcomes('spring')) keys.push(each.key);
        },
        { name: 'BongsuConnectionError', message: /cut off/ },
      );
      assert.deepEqual(keys, ['1']);
      assert.equal(api.seen.length, 1);
    });
  }

  it('that the contract does not know are an error', async () => {
    api.answer(ndjson('{"key":"1"}\n'));
    await assert.rejects(collect(api.client().outcomes('spring')), BongsuAnswerError);
  });

  it('are asked for again while not one line came', async () => {
    api.answers(problem(503, 'unavailable', 'away'), ndjson(line('1')));
    assert.equal((await collect(api.client().outcomes('spring'))).length, 1);
  });

  it('of which the reader has enough are let go: the server sees its connection end', async () => {
    const closed = Promise.withResolvers<void>();
    api.answer(async (_seen, response) => {
      response.on('close', closed.resolve);
      for (let key = 0; !response.destroyed; key += 1) {
        const blocked = !response.write(line(String(key)));
        if (blocked) await new Promise((resolve) => void setImmediate(resolve));
      }
    });
    for await (const each of api.client().outcomes('spring')) if (each.key === '3') break;
    await closed.promise;
  });
});

describe('following a campaign', () => {
  for (const state of ['completed', 'cancelled', 'expired', 'halted'] as const) {
    it(`ends when it is ${state}`, async () => {
      api.answers(json(campaignView({ state: 'scheduled' })), json(campaignView()), json(campaignView({ state })));
      const states: string[] = [];
      const last = await api
        .client()
        .follow('spring', { intervalMs: 1, onProgress: (campaign) => states.push(campaign.state) });
      assert.equal(last.state, state);
      assert.deepEqual(states, ['scheduled', 'running', state]);
    });
  }

  it('outlasts a server that is away for a moment', async () => {
    api.answers(json(campaignView()), problem(503, 'unavailable', 'away'), json(campaignView({ state: 'completed' })));
    assert.equal((await api.client().follow('spring', { intervalMs: 1 })).state, 'completed');
  });

  it('ends with the reason of who stops it', async () => {
    api.answer(json(campaignView()));
    const stop = new AbortController();
    const following = api.client().follow('spring', {
      intervalMs: 60_000,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('Ctrl-C')),
    });
    await assert.rejects(following, /Ctrl-C/);
  });
});
