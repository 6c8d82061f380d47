import http2 from 'node:http2';

const FCM_ORIGIN = 'https://fcm.googleapis.com';

/** Has firebase-admin's HTTP/2 sessions go to a simulator, in cleartext, and mends the `:scheme` that it makes up for that. */
export function redirectHttp2(fcm: string): void {
  const connect = http2.connect;
  http2.connect = (authority: string | URL, ...rest: []) => {
    if (!String(authority).startsWith(FCM_ORIGIN)) return connect(authority, ...rest);
    const session = connect(`http://${fcm}`);
    const request = session.request.bind(session);
    session.request = (headers, options) => request(Object.assign({}, headers, { ':scheme': 'http' }), options);
    return session;
  };
}
