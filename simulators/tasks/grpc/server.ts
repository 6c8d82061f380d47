import {
  Server,
  ServerCredentials,
  status,
  type UntypedServiceImplementation,
  type handleUnaryCall,
} from '@grpc/grpc-js';
import { RpcError } from '../core/rpcError.ts';
import type { TasksEngine } from '../engine/engine.ts';
import { cloudTasksHandlers } from './handlers.ts';
import { loadCloudTasksService } from './proto.ts';

// A task of more than 1 MB has to reach the check that refuses it with production's words.
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

export interface GrpcFace {
  readonly port: number;
  /** Ends every connection at once. */
  close(): void;
}

/** Serves the engine as google.cloud.tasks.v2.CloudTasks in cleartext. Rejects when the address cannot be bound. */
export async function serveGrpc(engine: TasksEngine, host: string, port: number): Promise<GrpcFace> {
  const server = new Server({ 'grpc.max_receive_message_length': MAX_MESSAGE_BYTES });
  server.addService(loadCloudTasksService(), implementation(engine));
  const boundPort = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port: boundPort, close: () => server.forceShutdown() };
}

function implementation(engine: TasksEngine): UntypedServiceImplementation {
  const implementation: UntypedServiceImplementation = {};
  for (const [method, handler] of Object.entries(cloudTasksHandlers(engine))) {
    // Each handler takes its own method's request, which the service definition has already decoded.
    implementation[method] = unary(handler as (request: unknown) => object);
  }
  return implementation;
}

function unary(handler: (request: unknown) => object): handleUnaryCall<unknown, object> {
  return (call, callback) => {
    try {
      callback(null, handler(call.request));
    } catch (error) {
      if (error instanceof RpcError) callback({ code: status[error.code], details: error.message });
      else callback({ code: status.INTERNAL, details: `Simulator error: ${String((error as Error).stack)}` });
    }
  };
}
