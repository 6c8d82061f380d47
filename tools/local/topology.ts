/** The project id of every local cloud. The `demo-` prefix keeps Google's tools from calling production. */
export const PROJECT = 'demo-push';

/** Where the functions are deployed; part of their addresses in the functions emulator. */
export const REGION = 'asia-northeast3';

/** The audience of tokens for a local cloud. */
export const AUDIENCE = 'bongsu-local';

/** The topic that takes what was given up. */
export const DEAD_LETTER_TOPIC = 'dead-letter';

export type GroupName = 'api' | 'tasks' | 'sendRange';

/** The functions that the production-like host serves from one process. */
export const GROUPS: Readonly<Record<GroupName, readonly string[]>> = {
  api: ['api'],
  tasks: ['launch', 'conduct', 'retry', 'care', 'sweep', 'deadLetter'],
  sendRange: ['sendRange'],
};

/** A topic, and the function that its messages go to. */
export interface TopicFunction {
  readonly topic: string;
  readonly function: string;
}
/** The topic whose messages go to the `sendRange` group. */
export const RANGES: TopicFunction = { topic: 'ranges', function: 'sendRange' };
/** The topic whose messages go to the `tasks` group. */
export const DEAD_LETTERS: TopicFunction = { topic: DEAD_LETTER_TOPIC, function: 'deadLetter' };

/** What Cloud Scheduler calls in production. */
export const SCHEDULED = ['sweep'] as const;
