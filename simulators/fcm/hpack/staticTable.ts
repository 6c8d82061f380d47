/** One header field as HTTP/2 carries it; names and values are Latin-1 strings. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
  /** False where HTTP/2 forbids the name or value (RFC 9113, 8.2.1); the stream that used it is malformed. */
  readonly wellFormed: boolean;
}

// oxlint-disable-next-line no-control-regex -- these are the octets RFC 9113, 8.2.1 forbids
const FORBIDDEN_IN_NAME = /[\x00-\x20A-Z\x7f-\xff]|.:/s;
// oxlint-disable-next-line no-control-regex -- as above
const FORBIDDEN_IN_VALUE = /[\x00\r\n]|^[ \t]|[ \t]$/;

/** Makes a field and judges once whether it is well formed, so that an indexed field is never judged again. */
export function headerField(name: string, value: string): HeaderField {
  const wellFormed = name.length > 0 && !FORBIDDEN_IN_NAME.test(name) && !FORBIDDEN_IN_VALUE.test(value);
  return { name, value, wellFormed };
}

/** The static table of RFC 7541, appendix A, in order; index 1 of the protocol is element 0. */
const ENTRIES: readonly (readonly [string, string])[] = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  [':status', '200'],
  [':status', '204'],
  [':status', '206'],
  [':status', '304'],
  [':status', '400'],
  [':status', '404'],
  [':status', '500'],
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ['accept-language', ''],
  ['accept-ranges', ''],
  ['accept', ''],
  ['access-control-allow-origin', ''],
  ['age', ''],
  ['allow', ''],
  ['authorization', ''],
  ['cache-control', ''],
  ['content-disposition', ''],
  ['content-encoding', ''],
  ['content-language', ''],
  ['content-length', ''],
  ['content-location', ''],
  ['content-range', ''],
  ['content-type', ''],
  ['cookie', ''],
  ['date', ''],
  ['etag', ''],
  ['expect', ''],
  ['expires', ''],
  ['from', ''],
  ['host', ''],
  ['if-match', ''],
  ['if-modified-since', ''],
  ['if-none-match', ''],
  ['if-range', ''],
  ['if-unmodified-since', ''],
  ['last-modified', ''],
  ['link', ''],
  ['location', ''],
  ['max-forwards', ''],
  ['proxy-authenticate', ''],
  ['proxy-authorization', ''],
  ['range', ''],
  ['referer', ''],
  ['refresh', ''],
  ['retry-after', ''],
  ['server', ''],
  ['set-cookie', ''],
  ['strict-transport-security', ''],
  ['transfer-encoding', ''],
  ['user-agent', ''],
  ['vary', ''],
  ['via', ''],
  ['www-authenticate', ''],
];

export const STATIC_TABLE: readonly HeaderField[] = ENTRIES.map(([name, value]) => headerField(name, value));
