/** The messages of google.cloud.tasks.v2 as proto-loader gives and takes them: camelCase, 64-bit numbers as strings. */

export interface WireTime {
  readonly seconds: string | number;
  readonly nanos: number;
}

export interface WireRetryConfig {
  readonly maxAttempts: number;
  readonly maxRetryDuration: WireTime | null;
  readonly minBackoff: WireTime | null;
  readonly maxBackoff: WireTime | null;
  readonly maxDoublings: number;
}

export interface WireQueue {
  readonly name: string;
  readonly appEngineRoutingOverride?: object | null;
  readonly rateLimits: {
    readonly maxDispatchesPerSecond: number;
    readonly maxBurstSize: number;
    readonly maxConcurrentDispatches: number;
  } | null;
  readonly retryConfig: WireRetryConfig | null;
  readonly state: string;
  readonly purgeTime: WireTime | null;
}

export interface WireHttpRequest {
  readonly url: string;
  readonly httpMethod: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  readonly oidcToken?: { readonly serviceAccountEmail: string; readonly audience: string } | null;
  readonly oauthToken?: { readonly serviceAccountEmail: string; readonly scope: string } | null;
}

export interface WireAttempt {
  readonly scheduleTime?: WireTime | null;
  readonly dispatchTime: WireTime | null;
  readonly responseTime?: WireTime | null;
  readonly responseStatus?: { readonly code: number; readonly message: string } | null;
}

export interface WireTask {
  readonly name: string;
  readonly httpRequest?: WireHttpRequest | null;
  readonly appEngineHttpRequest?: object | null;
  readonly scheduleTime: WireTime | null;
  readonly createTime: WireTime | null;
  readonly dispatchDeadline: WireTime | null;
  readonly dispatchCount: number;
  readonly responseCount: number;
  readonly firstAttempt: WireAttempt | null;
  readonly lastAttempt: WireAttempt | null;
  readonly view: string;
}

export interface NameRequest {
  readonly name: string;
}

export interface ListQueuesRequest {
  readonly parent: string;
  readonly filter: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

export interface CreateQueueRequest {
  readonly parent: string;
  readonly queue: WireQueue | null;
}

export interface UpdateQueueRequest {
  readonly queue: WireQueue | null;
  readonly updateMask: { readonly paths: readonly string[] } | null;
}

export interface ListTasksRequest {
  readonly parent: string;
  readonly responseView: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

export interface CreateTaskRequest {
  readonly parent: string;
  readonly task: WireTask | null;
  readonly responseView: string;
}

export interface TaskRequest {
  readonly name: string;
  readonly responseView: string;
}
