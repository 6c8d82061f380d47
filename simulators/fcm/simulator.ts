import { selfSignedIdentity, type TlsIdentity } from './certificate.ts';
import { ControlServer } from './control/server.ts';
import { Delays } from './delays.ts';
import { FaultBoard } from './faults/board.ts';
import { FrontDoor } from './frontDoor.ts';
import { Listener } from './listener.ts';
import { Recorder } from './record/recorder.ts';
import { FcmService } from './service.ts';

export interface FcmSimulatorOptions {
  /** Address to bind. Default 127.0.0.1. */
  readonly host?: string;
  /** Cleartext port, HTTP/2 with prior knowledge and HTTP/1.1. 0, the default, takes a free one. */
  readonly port?: number;
  /** TLS port, HTTP/2 and HTTP/1.1 by ALPN. No TLS where absent; 0 takes a free one. */
  readonly tlsPort?: number;
  /** Certificate chain and key, PEM. Default: a self-signed one, made at start. */
  readonly tlsIdentity?: TlsIdentity;
  /** Port of the control and report API. 0, the default, takes a free one. */
  readonly controlPort?: number;
  /** SETTINGS_MAX_CONCURRENT_STREAMS, from 0. Default 100, as Google's. */
  readonly maxConcurrentStreams?: number;
  /** The only access token that is taken. Default: any. */
  readonly accessToken?: string;
  /** `content` keeps title, body, image and data of each tray entry. Default `hashes`. */
  readonly keep?: 'hashes' | 'content';
}

/** A running simulator. */
export interface FcmSimulator {
  /** host:port of the cleartext port. */
  readonly endpoint: string;
  /** host:port of the TLS port. */
  readonly tlsEndpoint: string | undefined;
  /** host:port of the control and report API. */
  readonly controlEndpoint: string;
  /** PEM of the certificate that TLS clients must trust. */
  readonly certificate: string | undefined;
  /** Server-wide faults, the same as over the control API. */
  readonly faults: FaultBoard;
  /** Connections; GOAWAY and closing, the same as over the control API. */
  readonly connections: FrontDoor;
  /** Counters, devices and arrivals since start or the last reset. */
  readonly recorder: Recorder;
  /** Forgets every message; faults and connections stay. */
  reset(): void;
  /** Ends all connections and timers and frees the ports. */
  close(): Promise<void>;
}

export const DEFAULT_MAX_CONCURRENT_STREAMS = 100;

/** Epoch milliseconds with fractions; unlike Date.now() they never run backwards. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Starts a simulator. Rejects where a port cannot be bound; then nothing is left listening. */
export async function startFcmSimulator(options: FcmSimulatorOptions = {}): Promise<FcmSimulator> {
  const { host = '127.0.0.1', maxConcurrentStreams = DEFAULT_MAX_CONCURRENT_STREAMS } = options;
  const keepContent = options.keep === 'content';
  let recorder = new Recorder(keepContent);
  const identity = options.tlsPort === undefined ? undefined : (options.tlsIdentity ?? selfSignedIdentity());
  const delays = new Delays();
  const listeners: Listener[] = [];
  const faults = new FaultBoard(now, () => applyFaults());
  const { accessToken } = options;
  const service = new FcmService({ faults, delays, now, accessToken, recorder: () => recorder });
  const door = new FrontDoor(service.handle, maxConcurrentStreams);
  const control = new ControlServer({
    faults,
    door,
    now,
    recorder: () => recorder,
    certificate: identity?.certificate,
    reset,
  });

  function reset(): void {
    recorder = new Recorder(keepContent);
  }

  function applyFaults(): void {
    const mode = faults.latest('outage')?.mode;
    door.setSilent(mode === 'silent');
    door.setMaxConcurrentStreams(faults.latest('settings')?.maxConcurrentStreams ?? maxConcurrentStreams);
    for (const listener of listeners) {
      // Listening again fails where somebody took the port meanwhile: that outage lasts, which the clients see.
      (mode === 'refuse' ? listener.refuse() : listener.resume()).catch(() => {});
    }
  }

  async function close(): Promise<void> {
    const open = listeners.splice(0);
    faults.clear();
    delays.clear();
    await Promise.all([...open.map((listener) => listener.close()), control.close()]);
  }

  async function open(port: number, onSocket: FrontDoor['plain']): Promise<Listener> {
    const listener = await Listener.listen(host, port, onSocket);
    listeners.push(listener);
    return listener;
  }

  try {
    const plain = await open(options.port ?? 0, door.plain);
    const tls = identity && (await open(options.tlsPort ?? 0, door.tls(identity)));
    const controlEndpoint = await control.listen(host, options.controlPort ?? 0);
    return {
      endpoint: plain.endpoint,
      tlsEndpoint: tls?.endpoint,
      controlEndpoint,
      certificate: identity?.certificate,
      faults,
      connections: door,
      get recorder() {
        return recorder;
      },
      reset,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
