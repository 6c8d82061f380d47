import { readFileSync } from 'node:fs';
import { BongsuClient } from '../client/index.ts';
import type { Endpoints } from './local/localCloud.ts';

/** A client that acts as the local cloud's main server. */
export function localClient({ api, caller }: Pick<Endpoints, 'api' | 'caller'>): BongsuClient {
  const { iss, aud, kid, privateKeyFile } = caller;
  return new BongsuClient({ api, iss, aud, kid, privateKey: readFileSync(privateKeyFile, 'utf8') });
}
