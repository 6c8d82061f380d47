import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DEFAULT_MAX_CONCURRENT_STREAMS, startFcmSimulator, type FcmSimulatorOptions } from './simulator.ts';

const HELP = `FCM simulator: POST /v1/projects/{project}/messages:send over HTTP/2 and HTTP/1.1

node main.ts [options]

  --host HOST            address to bind (127.0.0.1)
  --port PORT            cleartext port, 0 for a free one (0)
  --control-port PORT    port of the control and report API, 0 for a free one (0)
  --tls                  serve TLS as well, on a free port
  --tls-port PORT        serve TLS as well, on this port
  --tls-cert FILE        certificate chain, PEM (self-signed at start)
  --tls-key FILE         its private key, PEM
  --write-cert FILE      write the certificate that clients must trust
  --max-streams N        SETTINGS_MAX_CONCURRENT_STREAMS (100)
  --access-token TOKEN   the only access token taken (any)
  --keep WHAT            hashes or content of what devices show (hashes)
  --exit-with-parent     stop when standard input closes
  --help                 show this

When ready, prints one line of JSON: {"fcm":"host:port","fcmControl":"host:port","fcmTls":"host:port"}
(fcmTls with TLS only). Stops at SIGTERM and SIGINT. Faults and the control API: see README.md.
`;

class UsageError extends Error {}

function readArguments(args: string[]): {
  help: boolean;
  exitWithParent: boolean;
  writeCert?: string;
  options: FcmSimulatorOptions;
} {
  const { values } = parseArgs({
    args,
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      'control-port': { type: 'string' },
      tls: { type: 'boolean', default: false },
      'tls-port': { type: 'string' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
      'write-cert': { type: 'string' },
      'max-streams': { type: 'string' },
      'access-token': { type: 'string' },
      keep: { type: 'string', default: 'hashes' },
      'exit-with-parent': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const {
    keep,
    'tls-cert': certFile,
    'tls-key': keyFile,
    'write-cert': writeCert,
    'access-token': accessToken,
  } = values;
  if (keep !== 'hashes' && keep !== 'content') throw new UsageError('--keep takes hashes or content');
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new UsageError('--tls-cert and --tls-key go together');
  const withTls = values.tls || values['tls-port'] !== undefined || certFile !== undefined;
  if (writeCert !== undefined && !withTls) throw new UsageError('--write-cert needs --tls');
  const options: FcmSimulatorOptions = {
    ...(values.host === undefined ? {} : { host: values.host }),
    port: wholeNumber('--port', values.port, 65_535) ?? 0,
    controlPort: wholeNumber('--control-port', values['control-port'], 65_535) ?? 0,
    maxConcurrentStreams:
      wholeNumber('--max-streams', values['max-streams'], 2 ** 31 - 1) ?? DEFAULT_MAX_CONCURRENT_STREAMS,
    ...(withTls ? { tlsPort: wholeNumber('--tls-port', values['tls-port'], 65_535) ?? 0 } : {}),
    ...(certFile === undefined || keyFile === undefined
      ? {}
      : { tlsIdentity: { certificate: readFileSync(certFile, 'utf8'), privateKey: readFileSync(keyFile, 'utf8') } }),
    ...(accessToken === undefined ? {} : { accessToken }),
    keep,
  };
  return {
    help: values.help,
    exitWithParent: values['exit-with-parent'],
    ...(writeCert === undefined ? {} : { writeCert }),
    options,
  };
}

function wholeNumber(flag: string, text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) throw new UsageError(`${flag} takes 0 to ${max}, not '${text}'`);
  return value;
}

async function main(): Promise<void> {
  const { help, exitWithParent, writeCert, options } = readArguments(process.argv.slice(2));
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  const simulator = await startFcmSimulator(options);
  if (writeCert !== undefined && simulator.certificate !== undefined) writeFileSync(writeCert, simulator.certificate);
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    process.stdin.destroy();
    simulator.close().catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exitCode = 1;
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (exitWithParent) process.stdin.on('close', stop).on('error', stop).resume();
  const { endpoint, controlEndpoint, tlsEndpoint } = simulator;
  process.stdout.write(`${JSON.stringify({ fcm: endpoint, fcmControl: controlEndpoint, fcmTls: tlsEndpoint })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
