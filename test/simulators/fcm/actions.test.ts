import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import { startFcmSimulator, type FcmSimulator } from '../../../simulators/fcm/simulator.ts';
import { control, send, sendAll, tokens, withSession } from './support/client.ts';

let simulator: FcmSimulator;

describe('actions', () => {
  beforeEach(async () => {
    simulator = await startFcmSimulator();
  });

  afterEach(() => simulator.close());

  it('goaway: names everything that came, answers it, takes no more', async () => {
    await withSession(simulator, async (session) => {
      const pending = send(session, { token: 'hang-50:x' });
      await send(session, { token: 'y' });
      const goAway = once(session, 'goaway');
      assert.deepEqual((await control(simulator, 'POST', '/actions/goaway')).json, { connections: 1 });
      assert.deepEqual((await goAway).slice(0, 2), [0, 3]);
      assert.equal((await pending).status, 200);
    });
  });

  it('goaway with cutStreams: the next k streams are refused unread, and not counted', async () => {
    await withSession(simulator, async (session) => {
      await send(session, { token: 'first' });
      const goAway = once(session, 'goaway');
      await control(simulator, 'POST', '/actions/goaway', { cutStreams: 3 });
      const endings = await sendAll(session, tokens(3));
      assert.ok(endings.every(({ resetCode }) => resetCode === http2.constants.NGHTTP2_REFUSED_STREAM));
      assert.deepEqual((await goAway).slice(0, 2), [0, 1]);
    });
    assert.equal(simulator.recorder.arrivals.length, 1);
  });

  it('goaway with cutStreams: goes out with fewer streams when no more come', async () => {
    await withSession(simulator, async (session) => {
      await send(session, { token: 'first' });
      await control(simulator, 'POST', '/actions/goaway', { cutStreams: 50 });
      const [ending] = await sendAll(session, ['only']);
      assert.equal(ending?.resetCode, http2.constants.NGHTTP2_REFUSED_STREAM);
    });
  });

  it('close: after so many messages the connection is gone in the middle of a batch', async () => {
    await withSession(simulator, async (session) => {
      await send(session, { token: 'first' });
      await control(simulator, 'POST', '/actions/close', { afterMessages: 4 });
      const endings = await sendAll(session, tokens(10));
      assert.ok(endings.some(({ status }) => status === undefined));
    });
    assert.equal(simulator.recorder.arrivals.length, 5);
  });

  it('close: 0 closes at once', async () => {
    await withSession(simulator, async (session) => {
      await send(session, { token: 'first' });
      const closed = new Promise((resolve) => session.on('close', resolve));
      await control(simulator, 'POST', '/actions/close', {});
      await closed;
    });
  });
});
