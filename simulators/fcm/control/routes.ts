import type { Answer, Controlled } from './contract.ts';
import type { Device } from '../record/devices.ts';
import { InputError, readAction, readArrivalQuery, readFault, readKeepFaults } from './input.ts';
import { take } from './ndjson.ts';

type Call = (controlled: Controlled, body: unknown, url: URL, name: string) => Answer;

/** Path (with `*` for one name in it), then method. */
const ROUTES: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  '/health': { GET: () => ok({ status: 'ok' }) },
  '/report': { GET: report },
  '/arrivals': { GET: arrivals },
  '/devices': { GET: ({ recorder }) => ({ status: 200, rows: recorder().devices.all() }) },
  '/devices/*': { GET: device },
  '/duplicates': { GET: ({ recorder }) => ({ status: 200, rows: duplicates(recorder().devices.all()) }) },
  '/certificate': { GET: certificate },
  '/reset': { POST: reset },
  '/faults': { GET: ({ faults }) => ok({ faults: faults.list() }), DELETE: clearFaults },
  '/faults/*': { PUT: putFault, DELETE: deleteFault },
  '/actions/goaway': { POST: ({ door }, body) => ok({ connections: door.goAway(readAction(body, 'cutStreams')) }) },
  '/actions/close': {
    POST: ({ door }, body) => ok({ connections: door.closeConnections(readAction(body, 'afterMessages')) }),
  },
};

const FAULT_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Answers one call of the control API.
 * @throws InputError, URIError where the caller's input is wrong.
 */
export function route(controlled: Controlled, method: string, url: URL, body: unknown): Answer {
  const [, first = '', ...rest] = url.pathname.split('/');
  const exact = ROUTES[url.pathname];
  const calls = exact ?? (rest.length > 0 ? ROUTES[`/${first}/*`] : undefined);
  if (!calls) return { status: 404, json: { error: `no such path; there are ${Object.keys(ROUTES).join(' ')}` } };
  const call = Object.hasOwn(calls, method) ? calls[method] : undefined;
  if (!call) return { status: 405, json: { error: 'no such method here' }, allow: Object.keys(calls).join(', ') };
  // An address may hold slashes of its own (`/topics/news`).
  return call(controlled, body, url, exact ? '' : decodeURIComponent(rest.join('/')));
}

function ok(json: unknown): Answer {
  return { status: 200, json };
}

function report({ recorder, door, now }: Controlled): Answer {
  return ok({ ...recorder().report(now()), connections: door.connections, openStreams: door.openStreams });
}

function arrivals({ recorder }: Controlled, _body: unknown, url: URL): Answer {
  const { limit, ...filter } = readArrivalQuery(url.searchParams);
  return { status: 200, rows: take(recorder().arrivals.select(filter), limit) };
}

function device({ recorder }: Controlled, _body: unknown, _url: URL, address: string): Answer {
  return ok(recorder().devices.device(address) ?? ({ address, attempts: 0, tray: [] } satisfies Device));
}

function* duplicates(devices: Iterable<Device>): Generator {
  for (const { address, tray } of devices) {
    for (const { tag, accepted } of tray) if (accepted > 1) yield { address, tag, accepted };
  }
}

function certificate({ certificate }: Controlled): Answer {
  if (certificate === undefined) return { status: 404, json: { error: 'the simulator runs without TLS' } };
  return { status: 200, text: certificate };
}

function reset({ reset, faults }: Controlled, body: unknown): Answer {
  if (!readKeepFaults(body)) faults.clear();
  reset();
  return ok({ status: 'reset' });
}

function clearFaults({ faults }: Controlled): Answer {
  faults.clear();
  return ok({ faults: [] });
}

function putFault({ faults }: Controlled, body: unknown, _url: URL, name: string): Answer {
  if (!FAULT_NAME.test(name)) throw new InputError('name', 'a fault is named by 1 to 64 of A-Z a-z 0-9 _ -');
  faults.put(name, readFault(body));
  return ok(faults.list().find((fault) => fault.name === name));
}

function deleteFault({ faults }: Controlled, _body: unknown, _url: URL, name: string): Answer {
  return faults.delete(name) ? ok({ faults: faults.list() }) : { status: 404, json: { error: `no fault '${name}'` } };
}
