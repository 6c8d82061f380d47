import { hash } from 'node:crypto';
import type { LedgerCode } from '../contract/codes.ts';
import type { RecipientKey } from '../contract/ids.ts';
import type { MessageTemplate, SharedMessage } from '../contract/message.ts';
import type { Push } from '../contract/push.ts';
import { payloadBytes, payloadFits } from './payload.ts';
import { fillTemplate, parseTemplate, type Template } from './template.ts';

/** A campaign's message with its texts parsed, once for all recipients. */
export interface CompiledMessage {
  readonly title: Template;
  readonly body: Template;
  readonly data: readonly (readonly [key: string, value: Template])[];
  readonly fixed: Fixed;
  /** `payloadBytes` of what is fixed. */
  readonly fixedBytes: number;
}

type Fixed = Pick<Push, 'android' | 'apns' | 'webpush' | 'imageUrl'>;

/** All of a push but where it goes. */
export type Content = Omit<Push, 'address'>;
export type Composed =
  | { readonly content: Content }
  | { readonly code: Extract<LedgerCode, 'suppressed.missing-variable' | 'failed.payload-too-large'> };

/** What one recipient is told in place of, and beside, what all have in common. */
export type OwnMessage = {
  readonly [Field in 'title' | 'body' | 'imageUrl' | 'data']?: MessageTemplate[Field] | undefined;
};

/**
 * A text that is left to each recipient is empty until `personalise` puts it in.
 * @throws TemplateError
 */
export function compileMessage(message: SharedMessage): CompiledMessage {
  return {
    title: parseTemplate(message.title ?? ''),
    body: parseTemplate(message.body ?? ''),
    data: compileData(message.data ?? {}),
    ...compileFixed({
      ...(message.imageUrl === undefined ? {} : { imageUrl: message.imageUrl }),
      android: defined(message.android ?? {}),
      apns: defined(message.apns ?? {}),
      webpush: defined(message.webpush ?? {}),
    }),
  };
}

function compileFixed(fixed: Fixed): Pick<CompiledMessage, 'fixed' | 'fixedBytes'> {
  return { fixed, fixedBytes: payloadBytes({ ...fixed, title: '', body: '', data: {} }) };
}

/**
 * The message for one recipient: its own texts in place of the common ones, its own data beside the common data.
 * @throws TemplateError
 */
export function personalise(common: CompiledMessage, own: OwnMessage): CompiledMessage {
  return {
    ...common,
    ...(own.title === undefined ? {} : { title: parseTemplate(own.title) }),
    ...(own.body === undefined ? {} : { body: parseTemplate(own.body) }),
    ...(own.data === undefined ? {} : { data: [...new Map([...common.data, ...compileData(own.data)])] }),
    ...(own.imageUrl === undefined ? {} : compileFixed({ ...common.fixed, imageUrl: own.imageUrl })),
  };
}

/** Fills a message for one recipient. A text that cannot be filled is never sent with its braces. */
export function compose(message: CompiledMessage, vars: Readonly<Record<string, string>>, tag: string): Composed {
  const title = fillTemplate(message.title, vars);
  const body = fillTemplate(message.body, vars);
  const data: Record<string, string> = {};
  let complete = true;
  for (const [key, template] of message.data) {
    const value = fillTemplate(template, vars);
    if (value === null) complete = false;
    else data[key] = value;
  }
  if (title === null || body === null || !complete) return { code: 'suppressed.missing-variable' };
  const content: Content = { ...message.fixed, title, body, data, tag };
  return payloadFits(content, message.fixedBytes) ? { content } : { code: 'failed.payload-too-large' };
}

/**
 * The collapse tag of one campaign's message to one recipient. A device shows one message per tag, whatever number of
 * attempts reached it. 22 characters: within web push's 32 for a Topic (RFC 8030 5.4) and APNs' 64 bytes.
 */
export function collapseTag(campaignId: string, key: RecipientKey): string {
  return hash('sha256', `${campaignId}\n${key}`, 'base64url').slice(0, 22);
}

function compileData(data: Readonly<Record<string, string>>): CompiledMessage['data'] {
  return Object.entries(data).map(([key, value]) => [key, parseTemplate(value)]);
}

/** Drops the fields that are present but undefined, which zod's optional fields may be. */
function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
