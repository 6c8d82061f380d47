import type { AdLabel, CampaignRequest } from '../contract/campaign.ts';
import type { FieldError } from '../contract/problem.ts';
import type { AdRules } from './adRules.ts';

/** The texts of a message; an uploaded recipient may bring one, both or none of its own. */
interface Texts {
  readonly title?: string | undefined;
  readonly body?: string | undefined;
}

/**
 * An advertisement as it goes out: with `autoLabel` what the law asks for is put where it is missing, in front of the
 * title and at the end of the body. A text that is not there is left to whoever brings it.
 */
export function labelled<T extends Texts>(message: T, ad: AdLabel | undefined, { titleLabel }: AdRules): T {
  if (ad?.autoLabel !== true) return message;
  const { title, body } = message;
  const labelledTitle = title === undefined || title.startsWith(titleLabel) ? title : `${titleLabel} ${title}`;
  const missing = [ad.sender, ad.optOut].filter((text) => body?.includes(text) === false);
  return {
    ...message,
    ...(labelledTitle === undefined ? {} : { title: labelledTitle }),
    ...(body === undefined ? {} : { body: [body, ...missing].join('\n') }),
  };
}

/** What a campaign's message says as it goes out. */
export function outgoingMessage({ kind, message, ad }: CampaignRequest, rules: AdRules): CampaignRequest['message'] {
  return kind === 'marketing' ? labelled(message, ad, rules) : message;
}

/**
 * What an advertisement lacks: the label in front of the title; the sender's name and a free way to opt out in the body.
 * @param base JSON pointer to the texts
 * @returns nothing where the law is kept
 */
export function checkAd(
  { title, body }: Texts,
  ad: AdLabel | undefined,
  { titleLabel }: AdRules,
  base = '/message',
): FieldError[] {
  const errors: FieldError[] = [];
  if (title?.startsWith(titleLabel) === false) {
    errors.push({ field: `${base}/title`, message: `must begin with ${titleLabel}, or ad.autoLabel be true` });
  }
  if (ad === undefined) return [...errors, ...NOT_GIVEN];
  const missing = (['sender', 'optOut'] as const).filter((part) => body?.includes(ad[part]) === false);
  if (missing.length > 0) {
    const parts = missing.map((part) => `ad.${part}`).join(' and ');
    errors.push({ field: `${base}/body`, message: `must hold ${parts}, or ad.autoLabel be true` });
  }
  return errors;
}

const NOT_GIVEN: readonly FieldError[] = [
  { field: '/ad/sender', message: 'is required: who advertises, in the words that stand in the message' },
  { field: '/ad/optOut', message: 'is required: how to opt out for free, in the words that stand in the message' },
];
