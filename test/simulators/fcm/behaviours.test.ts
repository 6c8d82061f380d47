import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { BEHAVIOURS, type BehaviourName } from '../../../simulators/fcm/faults/behaviours.ts';
import type { Decision } from '../../../simulators/fcm/messages/plan.ts';
import { startFcmSimulator, type FcmSimulator } from '../../../simulators/fcm/simulator.ts';
import { errorOf, fcmCodeOf, notification, send, withSession, type Ending } from './support/client.ts';

interface Expectation {
  /** What stands before the colon, where it is not the name alone. */
  readonly prefix?: string;
  readonly decision: Decision;
  readonly check: (ending: Ending) => void;
}

const INTERNAL_ERROR = 2;

function error(
  status: number,
  grpcStatus: string,
  fcmCode: string | undefined,
  retryAfter?: string,
): Expectation['check'] {
  return (ending) => {
    assert.equal(ending.status, status);
    assert.equal(ending.headers['content-type'], 'application/json; charset=UTF-8');
    assert.equal(ending.headers['retry-after'], retryAfter);
    const { code, message, status: name } = errorOf(ending);
    assert.deepEqual([code, name], [status, grpcStatus]);
    assert.ok(message.length > 0);
    assert.equal(fcmCodeOf(ending), fcmCode);
  };
}

function violation(field: string): Expectation['check'] {
  return (ending) => {
    error(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT')(ending);
    const badRequest = errorOf(ending).details?.find((detail) => String(detail['@type']).endsWith('rpc.BadRequest'));
    assert.equal((badRequest?.['fieldViolations'] as { field: string }[] | undefined)?.[0]?.field, field);
  };
}

function quota(subject: string, retryAfter: string | undefined): Expectation['check'] {
  return (ending) => {
    error(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED', retryAfter)(ending);
    const failure = errorOf(ending).details?.find((detail) => String(detail['@type']).endsWith('rpc.QuotaFailure'));
    assert.equal((failure?.['violations'] as { subject: string }[] | undefined)?.[0]?.subject, subject);
  };
}

function accepted(ending: Ending): void {
  assert.equal(ending.status, 200);
  assert.match(
    (JSON.parse(ending.body) as { name: string }).name,
    /^projects\/demo-test\/messages\/0:\d{16}%[0-9a-f]{16}$/,
  );
}

const reset =
  (status: number | undefined, code: number, body: RegExp): Expectation['check'] =>
  (ending) => {
    assert.deepEqual([ending.status, ending.resetCode, ending.complete], [status, code, false]);
    assert.match(ending.body, body);
  };

/** What node:http2 reports for a stream that goes down with its connection. */
const gone: Expectation['check'] = (ending) => assert.deepEqual([ending.status, ending.complete], [undefined, false]);

// A record over all names: a behaviour without a test here does not compile.
const TABLE: Record<Exclude<BehaviourName, 'hang' | 'never' | 'goaway'>, Expectation> = {
  accept: { decision: 'accepted', check: accepted },
  dead: { decision: 'UNREGISTERED', check: error(404, 'NOT_FOUND', 'UNREGISTERED') },
  malformed: { decision: 'INVALID_ARGUMENT', check: violation('message.token') },
  badpayload: { decision: 'INVALID_ARGUMENT', check: violation('message.data') },
  toobig: { decision: 'INVALID_ARGUMENT', check: violation('message') },
  mismatch: { decision: 'SENDER_ID_MISMATCH', check: error(403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH') },
  apns: { decision: 'THIRD_PARTY_AUTH_ERROR', check: error(401, 'UNAUTHENTICATED', 'THIRD_PARTY_AUTH_ERROR') },
  unauthenticated: { decision: 'UNAUTHENTICATED', check: error(401, 'UNAUTHENTICATED', undefined) },
  forbidden: { decision: 'PERMISSION_DENIED', check: error(403, 'PERMISSION_DENIED', undefined) },
  quota: { prefix: 'quota-30', decision: 'QUOTA_EXCEEDED', check: quota('project', '30') },
  devicequota: { decision: 'QUOTA_EXCEEDED', check: quota('device', undefined) },
  internal: { decision: 'INTERNAL', check: error(500, 'INTERNAL', 'INTERNAL') },
  unavailable: {
    prefix: 'unavailable-60',
    decision: 'UNAVAILABLE',
    check: error(503, 'UNAVAILABLE', 'UNAVAILABLE', '60'),
  },
  html: {
    decision: 'BAD_GATEWAY',
    check: (ending) => {
      assert.deepEqual([ending.status, ending.headers['content-type']], [502, 'text/html; charset=UTF-8']);
      assert.match(ending.body, /^<!DOCTYPE html>[\s\S]*<\/html>\n$/);
    },
  },
  lost: { decision: 'accepted', check: reset(undefined, INTERNAL_ERROR, /^$/) },
  drop: { decision: 'DROPPED', check: gone },
  acceptdrop: { decision: 'accepted', check: gone },
  reset: { prefix: 'reset-11', decision: 'RESET', check: reset(undefined, 11, /^$/) },
  cutoff: { decision: 'CUT_OFF', check: reset(undefined, http2.constants.NGHTTP2_REFUSED_STREAM, /^$/) },
  ok200html: {
    decision: 'OK_HTML',
    check: (ending) => assert.deepEqual([ending.status, ending.body.startsWith('<!DOCTYPE html>')], [200, true]),
  },
  empty200: {
    decision: 'accepted',
    check: (ending) => assert.deepEqual([ending.status, ending.body, ending.complete], [200, '', true]),
  },
  headersreset: { decision: 'accepted', check: reset(200, INTERNAL_ERROR, /^$/) },
  halfbody: { decision: 'accepted', check: reset(200, INTERNAL_ERROR, /^\{\s+"name": "projects\/[^}]*$/) },
};

describe('behaviours at the wire', () => {
  let simulator: FcmSimulator;

  beforeEach(async () => {
    simulator = await startFcmSimulator();
  });

  afterEach(() => simulator.close());

  const decisions = (): Decision[] => [...simulator.recorder.arrivals.select({})].map(({ decision }) => decision);

  for (const [name, { prefix = name, decision, check }] of Object.entries(TABLE)) {
    it(`${prefix}: on an HTTP/2 stream is ${decision}`, async () => {
      await withSession(simulator, async (session) => {
        check(await send(session, { token: `${prefix}:x`, notification }));
      });
      assert.deepEqual(decisions(), decision === 'CUT_OFF' ? [] : [decision]);
      const { accepted, cutOff } = simulator.recorder.report(0);
      assert.deepEqual([accepted, cutOff], [decision === 'accepted' ? 1 : 0, decision === 'CUT_OFF' ? 1 : 0]);
    });
  }

  it('an FID takes the same prefixes, and is named in the violation', async () => {
    await withSession(simulator, async (session) => {
      violation('message.fid')(await send(session, { fid: 'malformed:x', notification }));
    });
  });

  it('quota and unavailable without a number have no Retry-After; with 0 they have', async () => {
    await withSession(simulator, async (session) => {
      quota('project', undefined)(await send(session, { token: 'quota:x' }));
      error(503, 'UNAVAILABLE', 'UNAVAILABLE', '0')(await send(session, { token: 'unavailable-0:x' }));
      error(500, 'INTERNAL', 'INTERNAL', '7')(await send(session, { token: 'internal-7:x' }));
      quota('device', '9')(await send(session, { token: 'devicequota-9:x' }));
    });
  });

  it('lost-8: resets with the code it is given', async () => {
    await withSession(simulator, async (session) => {
      reset(undefined, 8, /^$/)(await send(session, { token: 'lost-8:x' }));
    });
    assert.deepEqual(decisions(), ['accepted']);
  });

  it('a known behaviour with a wrong number is refused with the reason', async () => {
    await withSession(simulator, async (session) => {
      const ending = await send(session, { token: 'hang-soon:x' });
      violation('message.token')(ending);
      assert.match(ending.body, /'hang' takes 0 to 3600000 \(milliseconds\), not 'soon'/);
    });
  });

  it('hang-80: is accepted at once and answered 80 ms later, while others are answered', async () => {
    await withSession(simulator, async (session) => {
      const startMs = performance.now();
      const order: string[] = [];
      const slow = send(session, { token: 'hang-80:x' }).then((ending) => order.push(`slow ${ending.status}`));
      await send(session, { token: 'quick' }).then((ending) => order.push(`quick ${ending.status}`));
      assert.deepEqual(decisions(), ['accepted', 'accepted']);
      await slow;
      assert.deepEqual(order, ['quick 200', 'slow 200']);
      // Timers may fire one millisecond early, never more.
      assert.ok(performance.now() - startMs >= 79);
    });
  });

  it('after-80-dead: refuses late', async () => {
    await withSession(simulator, async (session) => {
      const startMs = performance.now();
      TABLE.dead.check(await send(session, { token: 'after-80-dead:x' }));
      assert.ok(performance.now() - startMs >= 79);
    });
  });

  it('never: is accepted, and its stream stays open without an answer', async () => {
    await withSession(simulator, async (session) => {
      const pending = send(session, { token: 'never:x' });
      await send(session, { token: 'quick' });
      assert.deepEqual([simulator.connections.openStreams, decisions().length], [1, 2]);
      session.destroy();
      assert.equal((await pending).status, undefined);
    });
  });

  it('flaky-2-unavailable: fails twice for each address, then is accepted', async () => {
    await withSession(simulator, async (session) => {
      const statuses: (number | undefined)[] = [];
      for (const token of ['a', 'a', 'b', 'a', 'b', 'b']) {
        statuses.push((await send(session, { token: `flaky-2-unavailable:${token}` })).status);
      }
      assert.deepEqual(statuses, [503, 503, 503, 200, 503, 200]);
    });
  });

  it('goaway: is answered, announced with GOAWAY, and the connection ends once its streams have', async () => {
    await withSession(simulator, async (session) => {
      const goAway = new Promise<[number, number]>((resolve) =>
        session.on('goaway', (code, last) => resolve([code, last])),
      );
      const closed = new Promise<void>((resolve) => session.on('close', resolve));
      const pending = send(session, { token: 'hang-50:x' });
      accepted(await send(session, { token: 'goaway:x' }));
      assert.deepEqual(await goAway, [0, 3]);
      accepted(await pending);
      await closed;
    });
  });

  it('drop: takes the whole connection down, with what hangs on it', async () => {
    await withSession(simulator, async (session) => {
      const pending = send(session, { token: 'hang-60000:x' });
      gone(await send(session, { token: 'drop:x' }));
      gone(await pending);
    });
  });

  it('cutoff: refuses its stream and every later one, and none of them is counted', async () => {
    await withSession(simulator, async (session) => {
      const endings = await Promise.all(
        ['a', 'cutoff:b', 'c', 'd'].map((token) => send(session, { token, notification })),
      );
      assert.deepEqual(
        endings.map(({ status, resetCode }) => [status, resetCode]),
        [[200, 0], ...Array.from({ length: 3 }, () => [undefined, http2.constants.NGHTTP2_REFUSED_STREAM])],
      );
    });
    assert.equal(simulator.recorder.report(0).posts, 1);
  });

  it('cutoff: refuses its stream alone where a later one was looked at', async () => {
    await withSession(simulator, async (session) => {
      const cut = send(session, { token: 'after-40-cutoff:a' });
      const later = send(session, { token: 'hang-80:b' });
      assert.equal((await cut).resetCode, http2.constants.NGHTTP2_REFUSED_STREAM);
      accepted(await later);
      accepted(await send(session, { token: 'c' }));
    });
  });

  it('every behaviour is in the table of the README', () => {
    const readme = readFileSync(new URL('../../../simulators/fcm/README.md', import.meta.url), 'utf8');
    for (const name of [...Object.keys(BEHAVIOURS), 'flaky', 'after']) {
      assert.match(readme, new RegExp(`^\\| \`${name}[-:\`]`, 'm'), `${name} is not in README.md`);
    }
  });
});
