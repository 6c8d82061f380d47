import type { AdLabel, CampaignRequest } from '../contract/campaign.ts';
import { PAYLOAD_MAX_BYTES, type SharedMessage } from '../contract/message.ts';
import type { FieldError } from '../contract/problem.ts';
import type { UploadedRecipient } from '../contract/recipient.ts';
import { checkAd, outgoingMessage } from './adLabel.ts';
import type { AdRules } from './adRules.ts';
import { compileMessage, personalise, type CompiledMessage, type OwnMessage } from './compose.ts';
import type { Kind } from './gate.ts';
import { payloadBytes } from './payload.ts';
import { fillTemplate, parseTemplate, TemplateError, type Template } from './template.ts';

/** What is wrong with what a campaign says: what the law misses in it, and what cannot be sent. */
export function checkContent(request: CampaignRequest, rules: AdRules): FieldError[] {
  const outgoing = outgoingMessage(request, rules);
  const adErrors = request.kind === 'marketing' ? checkAd(outgoing, request.ad, rules) : [];
  return [...adErrors, ...checkMessage(outgoing)];
}

/** What is wrong with the rate that a campaign asks for. */
export function checkPace({ pace }: CampaignRequest, fcmPerMinute: number): FieldError[] {
  const most = Math.floor(fcmPerMinute / 60);
  if (pace === undefined || (pace.perSecond >= 1 && pace.perSecond <= most)) return [];
  return [{ field: '/pace/perSecond', message: `must be from 1 to ${most}, the budget of this project` }];
}

/**
 * What is wrong with a campaign's message beyond its form: braces that are no placeholder, and texts that exceed FCM's
 * payload even where every variable is as short as can be. Found when it is created, not when it is sent.
 */
export function checkMessage(message: SharedMessage): FieldError[] {
  const errors = templateErrors(message, '/message');
  if (errors.length > 0) return errors;
  return payloadErrors(compileMessage(message), (template) => shortest(template, {}), '/message');
}

/** What an upload's recipients are held against. */
export interface UploadChecks {
  readonly kind: Kind;
  readonly shared: SharedMessage;
  readonly compiled: CompiledMessage;
  /** Of advertising: what each text has to say of itself. */
  readonly ad: AdLabel | undefined;
  readonly rules: AdRules;
}

/**
 * What is wrong with one recipient of an upload beyond its form. A variable that the upload does not give may still
 * come from the directory: it counts as the shortest that it can be.
 */
export function checkUploaded(upload: UploadChecks, recipient: UploadedRecipient): FieldError[] {
  const { kind, ad, rules } = upload;
  const adErrors = kind === 'marketing' ? checkAd(recipient, ad, rules, '') : [];
  const errors = [...missingErrors(upload, recipient), ...adErrors, ...templateErrors(recipient, '')];
  if (errors.length > 0) return errors;
  const { memberNo, vars = {} } = recipient;
  const fill = (template: Template): string =>
    memberNo === undefined ? (fillTemplate(template, vars) ?? '') : shortest(template, vars);
  return payloadErrors(personalise(upload.compiled, recipient), fill, '');
}

function missingErrors({ kind, shared }: UploadChecks, recipient: UploadedRecipient): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['title', 'body'] as const) {
    if (recipient[field] !== undefined || shared[field] !== undefined) continue;
    errors.push({ field: `/${field}`, message: "is required: the campaign's message has none" });
  }
  const inline = recipient.memberNo === undefined;
  if (kind === 'marketing' && inline && (recipient.consent?.marketing ?? null) === null) {
    errors.push({ field: '/consent/marketing', message: 'is required: this is marketing to an inline address' });
  }
  return errors;
}

function templateErrors(message: OwnMessage, base: string): FieldError[] {
  const texts: [field: string, text: string | undefined][] = [
    ['title', message.title],
    ['body', message.body],
    ...Object.entries(message.data ?? {}).map(([key, text]): [string, string] => [`data/${pointer(key)}`, text]),
  ];
  return texts.flatMap(([field, text]) => {
    try {
      parseTemplate(text ?? '');
      return [];
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return [{ field: `${base}/${field}`, message: error.message }];
    }
  });
}

function payloadErrors(
  { title, body, data, fixed }: CompiledMessage,
  fill: (template: Template) => string,
  field: string,
): FieldError[] {
  const filled = Object.fromEntries(data.map(([key, template]) => [key, fill(template)]));
  const bytes = payloadBytes({ ...fixed, title: fill(title), body: fill(body), data: filled });
  if (bytes <= PAYLOAD_MAX_BYTES) return [];
  return [{ field, message: `makes a payload of ${bytes} bytes; FCM takes at most ${PAYLOAD_MAX_BYTES}` }];
}

/** The text where every variable that is not given is as short as can be. */
function shortest(template: Template, vars: Readonly<Record<string, string>>): string {
  return template
    .map((part) => (typeof part === 'string' ? part : (fillTemplate([{ ...part, fallback: '' }], vars) ?? '')))
    .join('');
}

/** A key as a step of a JSON pointer (RFC 6901 section 3). */
function pointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
