/**
 * Calls a simulator's control API.
 * @param address its `host:port`
 * @throws Error that quotes the answer, where it is no 2xx
 */
export async function callControl(
  address: string,
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<unknown> {
  const request = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`http://${address}${path}`, request);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} at ${address}: ${text}`);
  return JSON.parse(text) as unknown;
}
