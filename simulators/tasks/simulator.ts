import { parseFaultRule } from './core/faultRules.ts';
import { serveControlApi } from './control/server.ts';
import { TasksEngine } from './engine/engine.ts';
import type { AttemptEntry } from './engine/journal.ts';
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from './engine/options.ts';
import { taskReports, tasksReport, type TaskQuery, type TaskReport, type TasksReport } from './engine/report.ts';
import { serveGrpc } from './grpc/server.ts';

export type { AttemptEntry, QueueCounts } from './engine/journal.ts';
export type { EngineOptions } from './engine/options.ts';
export type { QueueReport, TaskQuery, TaskReport, TasksReport } from './engine/report.ts';

export interface TasksSimulatorOptions extends Partial<EngineOptions> {
  /** Address to bind; 127.0.0.1 by default. */
  readonly host?: string;
  /** Port of the gRPC service; 0 (the default) takes a free one. */
  readonly port?: number;
  /** Port of the control API; 0 (the default) takes a free one. */
  readonly controlPort?: number;
}

/** A running Cloud Tasks simulator. All times are in ms since the epoch on its own clock. */
export interface TasksSimulator {
  /** `host:port` of the gRPC service. */
  readonly address: string;
  readonly port: number;
  /** `host:port` of the control API. */
  readonly controlAddress: string;
  readonly controlPort: number;
  nowMs(): number;
  /**
   * Moves the clock ahead and waits for the workers' answers at each moment at which something is due.
   *
   * @param settleMs real time to spend on waiting altogether, 10 s by default; 0 does not wait
   * @returns whether every request had been answered each time
   */
  advance(ms: number, settleMs?: number): Promise<boolean>;
  advanceTo(targetMs: number, settleMs?: number): Promise<boolean>;
  report(): TasksReport;
  tasks(query?: TaskQuery): TaskReport[];
  attempts(): readonly AttemptEntry[];
  /** Replaces all faults; each is what `PUT /faults` takes. Throws for one that does not parse. */
  setFaults(faults: readonly object[]): void;
  reset(): void;
  /** Stops everything at once: no timer, socket or request is left. May be called again. */
  close(): Promise<void>;
}

const DEFAULT_SETTLE_MS = 10_000;

/** Starts a simulator. Rejects, with nothing left running, when a port cannot be bound. */
export async function startTasksSimulator(options: TasksSimulatorOptions = {}): Promise<TasksSimulator> {
  const { host = '127.0.0.1', port = 0, controlPort = 0, ...engineOptions } = options;
  const engine = new TasksEngine({ ...DEFAULT_ENGINE_OPTIONS, ...engineOptions });
  const closers: (() => void | Promise<void>)[] = [() => engine.close()];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    const grpc = await serveGrpc(engine, host, port);
    closers.push(() => grpc.close());
    const control = await serveControlApi(engine, host, controlPort);
    closers.push(() => control.close());
    return {
      ...engineFace(engine),
      port: grpc.port,
      address: `${host}:${grpc.port}`,
      controlPort: control.port,
      controlAddress: `${host}:${control.port}`,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type EngineFace = Omit<TasksSimulator, 'port' | 'address' | 'controlPort' | 'controlAddress' | 'close'>;

function engineFace(engine: TasksEngine): EngineFace {
  const advanceTo = (targetMs: number, settleMs = DEFAULT_SETTLE_MS) => engine.advanceTo(targetMs, settleMs);
  return {
    nowMs: () => engine.timeline.nowMs(),
    advance: (ms, settleMs) => advanceTo(engine.timeline.nowMs() + ms, settleMs),
    advanceTo,
    report: () => tasksReport(engine),
    tasks: (query = {}) => taskReports(engine, query),
    attempts: () => engine.journal.attempts.items(),
    setFaults: (faults) =>
      engine.faults.replaceAll(faults.map((fault, index) => parseFaultRule(fault, `fault-${index + 1}`))),
    reset: () => engine.reset(),
  };
}
