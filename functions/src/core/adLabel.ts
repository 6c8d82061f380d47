import type { AdLabel } from '../contract/campaign.ts';
import type { MessageTemplate } from '../contract/message.ts';
import type { FieldError } from '../contract/problem.ts';
import type { AdRules } from './adRules.ts';

type Texts = Pick<MessageTemplate, 'title' | 'body'>;

/**
 * The texts of an advertisement as they go out: with `autoLabel` what the law asks for is put where it is missing, in
 * front of the title and at the end of the body.
 */
export function labelled<T extends Texts>(message: T, ad: AdLabel | undefined, rules: AdRules): T {
  if (ad?.autoLabel !== true) return message;
  const title = message.title.startsWith(rules.titleLabel) ? message.title : `${rules.titleLabel} ${message.title}`;
  const missing = [ad.sender, ad.optOut].filter((text) => !names(message, text));
  return { ...message, title, body: [message.body, ...missing].join('\n') };
}

/**
 * What an advertisement lacks: the label in front of its title, the sender's name, and a free way to opt out.
 * @returns nothing where the law is kept
 */
export function checkAd(message: Texts, ad: AdLabel | undefined, rules: AdRules): FieldError[] {
  const errors: FieldError[] = [];
  const lacks = (field: string, what: string): void => void errors.push({ field, message: what });
  if (!message.title.startsWith(rules.titleLabel)) {
    lacks('/message/title', `must begin with ${rules.titleLabel}, or ad.autoLabel be true`);
  }
  if (ad === undefined) {
    lacks('/ad/sender', 'is required: who advertises, in the words that stand in the message');
    lacks('/ad/optOut', 'is required: how to opt out for free, in the words that stand in the message');
    return errors;
  }
  if (!names(message, ad.sender)) lacks('/message/body', 'must name ad.sender, or ad.autoLabel be true');
  if (!names(message, ad.optOut)) lacks('/message/body', 'must hold ad.optOut, or ad.autoLabel be true');
  return errors;
}

function names({ title, body }: Texts, text: string): boolean {
  return title.includes(text) || body.includes(text);
}
