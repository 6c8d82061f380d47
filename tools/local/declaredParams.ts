import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inheritedEnvironment, QUIET, type Environment } from './environment.ts';
import { LocalCloudError } from './logs.ts';
import { PROJECT } from './topology.ts';

const LIMIT_MS = 30_000;
const run = promisify(execFile);

/** A parameter that the functions declare with firebase-functions/params. */
export interface DeclaredParam {
  readonly name: string;
  /** `secret` has no default and is not read from a dotenv file. */
  readonly type: string;
  readonly default?: unknown;
}

/**
 * The parameters that the functions in a folder declare, as firebase-functions itself writes them down.
 * @param output a file that may be written
 * @throws LocalCloudError when the functions cannot be loaded
 */
export async function declaredParams(functions: string, output: string): Promise<readonly DeclaredParam[]> {
  const own = join(functions, 'node_modules', '.bin', 'firebase-functions');
  if (!existsSync(own)) {
    throw new LocalCloudError(`${own} does not exist.`, { remedy: '`npm run doctor` says what to do.' });
  }
  try {
    await run(process.execPath, [own, '.'], {
      cwd: functions,
      timeout: LIMIT_MS,
      env: {
        ...inheritedEnvironment(),
        ...QUIET,
        GCLOUD_PROJECT: PROJECT,
        FIREBASE_CONFIG: JSON.stringify({ projectId: PROJECT }),
        FUNCTIONS_MANIFEST_OUTPUT_PATH: output,
      },
    });
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new LocalCloudError(`The functions in ${functions} cannot be loaded:\n${stderr.trim() || message}`);
  }
  const { params = [] } = JSON.parse(readFileSync(output, 'utf8')) as { params?: readonly DeclaredParam[] };
  return params;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * A value for every declared parameter: what is `set`, else what the developer's environment says, else the default.
 * firebase-tools would stop and ask for each that a dotenv file does not name, those with a default included.
 * @throws LocalCloudError that names the parameters without a value
 */
export function fillParams(
  declared: readonly DeclaredParam[],
  set: Environment,
  env: Readonly<Record<string, string | undefined>>,
): Environment {
  const values: Record<string, string> = { ...set };
  const open: string[] = [];
  for (const { name, type, default: fallback } of declared) {
    if (type === 'secret' || values[name] !== undefined) continue;
    const value = env[name] ?? (fallback === undefined ? undefined : textOf(fallback));
    if (value === undefined) open.push(name);
    else values[name] = value;
  }
  if (open.length === 0) return values;
  throw new LocalCloudError(`The functions declare ${open.join(', ')} without a default.`, {
    remedy: 'Set a value in the environment.',
  });
}
