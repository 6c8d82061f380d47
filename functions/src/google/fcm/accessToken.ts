import { GoogleAuth } from 'google-auth-library';

/** https://developers.google.com/identity/protocols/oauth2/scopes#fcm */
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
/** google-auth-library fetches a new token when the old one has less than 5 minutes left. */
const REFRESH_AHEAD_MS = 300_000;
/** For a token that does not say how long it holds. */
const DEFAULT_LIFETIME_MS = 600_000;
/** Between two attempts to fetch ahead. */
const AHEAD_PAUSE_MS = 10_000;

export interface FetchedToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** Gives the access token for the next batch. Rejects where there is none to be had. */
export type AccessTokens = () => Promise<string>;

/**
 * Keeps one token for all batches. It is fetched anew while the old one still holds, so that no batch waits for that,
 * and by one fetch at a time: google-auth-library does neither for the metadata server's tokens.
 */
export function cachedTokens(fetch: () => Promise<FetchedToken>, now: () => number = Date.now): AccessTokens {
  let held: FetchedToken | undefined;
  let fetching: Promise<FetchedToken> | undefined;
  let aheadFromMs = 0;

  const refresh = (): Promise<FetchedToken> => {
    fetching ??= fetch()
      .then((fetched) => {
        held = fetched;
        aheadFromMs = Math.max(fetched.expiresAtMs - REFRESH_AHEAD_MS, now() + AHEAD_PAUSE_MS);
        return fetched;
      })
      .finally(() => (fetching = undefined));
    return fetching;
  };

  return async () => {
    const nowMs = now();
    if (held === undefined || nowMs >= held.expiresAtMs) return (await refresh()).token;
    if (nowMs >= aheadFromMs) {
      // The token at hand is still good: a failure matters only once it is not, and then it is thrown above.
      aheadFromMs = nowMs + AHEAD_PAUSE_MS;
      refresh().catch(() => {});
    }
    return held.token;
  };
}

/** Tokens of the function's own service account (Application Default Credentials). */
export function defaultTokens(): AccessTokens {
  const auth = new GoogleAuth({ scopes: [SCOPE] });
  return cachedTokens(async () => {
    const client = await auth.getClient();
    const { token } = await client.getAccessToken();
    if (typeof token !== 'string' || token === '') throw new Error('Google gave no access token');
    return { token, expiresAtMs: client.credentials.expiry_date ?? Date.now() + DEFAULT_LIFETIME_MS };
  });
}

/** Simulators take any token; the Firebase emulators call this one `owner`. */
export const EMULATOR_TOKENS: AccessTokens = () => Promise.resolve('owner');
