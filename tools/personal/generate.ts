import type { CampaignInput, Member, RecipientInput } from '../../client/index.ts';
import { address } from '../members/addresses.ts';
import type { FaultShares } from '../members/faults.ts';
import { memberAt, type Profile } from '../members/member.ts';
import { koreanName } from '../members/names.ts';
import { randomFor, type Random } from '../members/random.ts';

/** One recipient of a personalised campaign, and what has to reach it. */
export interface PersonalMessage {
  readonly line: RecipientInput;
  readonly title: string;
  readonly body: string;
  /** Where it has to arrive: the directory's member, or somebody who is in no directory. */
  readonly to: Pick<Member, 'addresses' | 'consent'>;
}

export interface PersonalSample {
  readonly recipients: number;
  /** 0 to 2^32 - 1; the members' own where the directory holds sample members. */
  readonly seed: number;
  readonly faults: FaultShares;
  /** The sample members that the directory holds; null where every address is to be inline. */
  readonly members: { readonly profile: Profile; readonly lastMemberNo: number } | null;
}

/** Share of recipients that are named by their member number. */
const MEMBER_SHARE = 0.5;
/** Share of recipients that give variables for the campaign's texts in place of texts of their own. */
const TEMPLATE_SHARE = 0.2;
const REGISTERED_SINCE_MS = Date.parse('2025-01-01T00:00:00Z');
const REGISTERED_UNTIL_MS = Date.parse('2026-01-01T00:00:00Z');

/** What all recipients have in common: for some the texts, for all where a tap leads. */
export const SHARED_MESSAGE: CampaignInput['message'] = {
  title: '{{name|고객}}님, 주문 {{order}}번 소식',
  body: '{{goods}}을(를) 오늘 보냈습니다. 도착 예정 {{days}}일 뒤',
  data: { deeplink: 'app://orders' },
  android: { priority: 'high', ttlSeconds: 86_400, channelId: 'orders' },
};

const GOODS = ['봄 외투', '원두 1kg', '아기 기저귀', '사과 한 상자', '무선 이어폰', '등산화'] as const;
const DISTRICTS = ['종로구', '마포구', '해운대구', '수성구', '유성구', '제주시'] as const;

/** The messages one by one, no two alike; the same sample gives the same ones. Any number in the memory of one. */
export function* generatePersonal(sample: PersonalSample): Generator<PersonalMessage, void, undefined> {
  for (let index = 1; index <= sample.recipients; index += 1) yield personalAt(sample, index);
}

function personalAt({ seed, faults, members }: PersonalSample, index: number): PersonalMessage {
  const random = randomFor(~seed, index);
  const wanted = random.chance(MEMBER_SHARE) && members !== null && index <= members.lastMemberNo;
  const member = wanted ? memberAt(seed, index, members.profile) : null;
  const inline = address(random, faults, REGISTERED_SINCE_MS, REGISTERED_UNTIL_MS);
  const to = member ?? { addresses: [inline], consent: {} };
  const who =
    member === null
      ? inline.token === undefined
        ? { fid: inline.fid }
        : { token: inline.token }
      : { memberNo: member.memberNo };
  const { texts, title, body } = random.chance(TEMPLATE_SHARE) ? fromTemplate(random, index) : ownTexts(random, index);
  return { line: { key: `order-${index}`, ...who, ...texts }, title, body, to };
}

interface Texts {
  readonly texts: Partial<RecipientInput>;
  readonly title: string;
  readonly body: string;
}

function fromTemplate(random: Random, index: number): Texts {
  const vars = {
    name: koreanName(random),
    order: String(index),
    goods: random.pick(GOODS),
    days: String(1 + random.below(5)),
  };
  return {
    texts: { vars },
    title: `${vars.name}님, 주문 ${vars.order}번 소식`,
    body: `${vars.goods}을(를) 오늘 보냈습니다. 도착 예정 ${vars.days}일 뒤`,
  };
}

function ownTexts(random: Random, index: number): Texts {
  const name = koreanName(random);
  const title = `${name}님, 주문 ${index}번이 출발했어요`;
  const place = `${random.pick(DISTRICTS)} ${1 + random.below(300)}번지 ${1 + random.below(20)}층`;
  const body = `${random.pick(GOODS)} ${1 + random.below(9)}개, ${(1 + random.below(900)) * 100}원. 받는 곳: ${place}. 기사 ${koreanName(random)}`;
  return { texts: { title, body, data: { order: String(index) } }, title, body };
}
