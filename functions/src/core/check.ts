import type { CampaignRequest } from '../contract/campaign.ts';
import { PAYLOAD_MAX_BYTES, type MessageTemplate } from '../contract/message.ts';
import type { FieldError } from '../contract/problem.ts';
import { checkAd, labelled } from './adLabel.ts';
import type { AdRules } from './adRules.ts';
import { compileMessage, type CompiledMessage } from './compose.ts';
import { payloadBytes } from './payload.ts';
import { parseTemplate, TemplateError, type Template } from './template.ts';

/** What is wrong with what a campaign says: what the law misses in it, and what cannot be sent. */
export function checkContent({ kind, message, ad }: CampaignRequest, rules: AdRules): FieldError[] {
  if (kind === 'transactional') return checkMessage(message);
  const outgoing = labelled(message, ad, rules);
  return [...checkAd(outgoing, ad, rules), ...checkMessage(outgoing)];
}

/**
 * What is wrong with a campaign's message beyond its form: braces that are no placeholder, and texts that exceed FCM's
 * payload even where every variable is as short as can be. Found when it is created, not when it is sent.
 */
export function checkMessage(message: MessageTemplate): FieldError[] {
  const errors = templateErrors(message);
  if (errors.length > 0) return errors;
  const bytes = shortestPayload(compileMessage(message));
  if (bytes <= PAYLOAD_MAX_BYTES) return [];
  return [{ field: '/message', message: `makes a payload of ${bytes} bytes; FCM takes at most ${PAYLOAD_MAX_BYTES}` }];
}

function templateErrors(message: MessageTemplate): FieldError[] {
  const texts: [field: string, text: string][] = [
    ['/message/title', message.title],
    ['/message/body', message.body],
    ...Object.entries(message.data ?? {}).map(([key, text]): [string, string] => [
      `/message/data/${pointer(key)}`,
      text,
    ]),
  ];
  return texts.flatMap(([field, text]) => {
    try {
      parseTemplate(text);
      return [];
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return [{ field, message: error.message }];
    }
  });
}

function shortestPayload({ title, body, data, fixed }: CompiledMessage): number {
  const shortest = (template: Template): string => template.filter((part) => typeof part === 'string').join('');
  return payloadBytes({
    ...fixed,
    title: shortest(title),
    body: shortest(body),
    data: Object.fromEntries(data.map(([key, template]) => [key, shortest(template)])),
  });
}

/** A key as a step of a JSON pointer (RFC 6901 section 3). */
function pointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
