import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { dotenv, type Environment } from './environment.ts';
import { writeWhole } from './folder.ts';

/** The dotenv file that firebase-tools reads for every project. */
const COMMON_ENV = '.env';

/** What of a functions folder the emulator shall not see: sources would make it reload before they are built. */
function isServed(name: string): boolean {
  return name === COMMON_ENV || (!name.startsWith('.') && name !== 'src');
}

/** What every deployment of the functions finds in its environment; empty where the folder has no such file. */
export function commonEnvironment(functions: string): Environment {
  const file = join(functions, COMMON_ENV);
  if (!existsSync(file)) return {};
  const entries = Object.entries(parseEnv(readFileSync(file, 'utf8')));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/**
 * Makes a folder that the functions emulator can serve in place of `functions`: links to what was built, and beside
 * them the parameters and secrets of this local cloud. firebase-tools reads both from the functions' folder alone, where
 * two local clouds would overwrite each other's. What stands in .secret.local also wins over the addresses that the
 * emulator sets by itself, so the Cloud Tasks simulator's has to stand there.
 */
export function linkFunctions(functions: string, folder: string, parameters: Environment, callers: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const name of readdirSync(functions).filter(isServed)) symlinkSync(join(functions, name), join(folder, name));
  const { CLOUD_TASKS_EMULATOR_HOST = '', ...rest } = parameters;
  writeWhole(join(folder, '.env.local'), dotenv(rest));
  writeWhole(join(folder, '.secret.local'), dotenv({ CALLERS: callers, CLOUD_TASKS_EMULATOR_HOST }), 0o600);
}
