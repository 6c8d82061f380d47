import { recipientSchema, type UploadedRecipient } from '../../functions/src/contract/recipient.ts';
import type { Member } from '../../functions/src/contract/member.ts';
import type { Chance } from './chance.ts';

const PARTS_MAX = 3;
const INLINE_MAX = 8;
const CHOSEN_AT = '2026-02-03T04:05:06Z';

/** Recipients of an upload by part: some members, under their numbers as keys, and some with an address of their own. */
export function drawParts(chance: Chance, id: string, members: readonly Member[]): UploadedRecipient[][] {
  const known = members
    .filter(() => chance.happens(0.4))
    .map(({ memberNo }) => ({ key: String(memberNo), memberNo, data: { key: String(memberNo) } }));
  const inline = Array.from({ length: chance.whole(1, INLINE_MAX) }, (_, nth) => {
    const key = `inline-${nth}`;
    const address = `${id}-${key}-${chance.whole(0, 1e9)}`;
    return {
      key,
      data: { key },
      ...(chance.happens(0.7) ? { token: address } : { fid: address }),
      consent: {
        marketing: { granted: chance.happens(0.8), at: CHOSEN_AT },
        night: chance.happens(0.3) ? { granted: true, at: CHOSEN_AT } : null,
      },
    };
  });
  const recipients = [...known, ...inline].map((recipient) => recipientSchema.parse(recipient));
  const parts = Math.min(recipients.length, chance.whole(1, PARTS_MAX));
  return Array.from({ length: parts }, (_, part) => recipients.filter((_recipient, nth) => nth % parts === part));
}

/** What a recipient with an address of its own is, as if it were a member. */
export function inlinePerson({ token, fid, consent = {} }: UploadedRecipient): Pick<Member, 'addresses' | 'consent'> {
  return { addresses: [{ token, fid }], consent };
}
