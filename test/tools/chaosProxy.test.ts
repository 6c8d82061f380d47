import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Proxy } from '../../tools/chaos/proxy.ts';

describe('the proxy', () => {
  let proxy: Proxy;
  const open = new Set<Socket>();
  const echo = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });

  before(async () => {
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await Proxy.listen();
  });

  after(async () => {
    await proxy.close();
    echo.close();
  });

  async function said(text: string): Promise<Socket> {
    const [host, port] = proxy.address.split(':');
    const socket = connect(Number(port), host);
    socket.write(text);
    // It waits where the server is not known yet.
    proxy.forwardTo(`127.0.0.1:${(echo.address() as AddressInfo).port}`);
    assert.equal(String((await once(socket, 'data'))[0]), text);
    return socket;
  }

  it('passes on what comes, also what came before it knew the server', async () => {
    (await said('hello')).destroy();
  });

  it('cuts both sides', async () => {
    const socket = await said('hello');
    const cut = once(socket, 'error');
    assert.equal(proxy.cut(), 1);
    assert.equal(((await cut)[0] as NodeJS.ErrnoException).code, 'ECONNRESET');
    await Promise.all([...open].filter((side) => !side.closed).map((side) => once(side, 'close')));
    assert.equal(proxy.cut(), 0);
  });

  it('is slow in order, and counts what had to wait', async () => {
    proxy.slowDown(20);
    const socket = await said('slow');
    let heard = '';
    socket.on('data', (data) => (heard += String(data)));
    for (const text of ['a', 'b', 'c']) socket.write(text);
    proxy.slowDown(0);
    socket.end('d');
    await once(socket, 'close');
    assert.equal(heard, 'abcd');
    assert.ok(proxy.delayed >= 2);
  });
});
