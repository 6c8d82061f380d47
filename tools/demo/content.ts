import type { CampaignInput } from '../../client/index.ts';
import type { Kind } from '../members/expectation.ts';

type Message = CampaignInput['message'];

/** Every placeholder has a default, so that a member without a name is written to all the same. */
const MESSAGES: Readonly<Record<Kind, Message>> = {
  marketing: {
    title: '(광고) {{name|고객}}님, 봄 세일이 시작됐어요',
    body: '{{grade|일반}} 회원님께 최대 30% 할인. 봉수백화점, 무료수신거부 080-000-0000',
    data: { deeplink: 'app://sale/spring', points: '{{points|0}}' },
    android: { priority: 'normal', ttlSeconds: 86_400, channelId: 'marketing' },
  },
  transactional: {
    title: '{{name|고객}}님, 약관이 바뀝니다',
    body: '다음 달 1일부터 바뀌는 약관을 앱에서 확인해 주세요.',
    data: { deeplink: 'app://terms' },
    android: { priority: 'high', ttlSeconds: 604_800, channelId: 'notice' },
  },
};

/** Who advertises and how to opt out, as the message says it. */
const AD = { sender: '봉수백화점', optOut: '무료수신거부 080-000-0000' };

/** A campaign to the members 1 to `lastMemberNo`. */
export function demoCampaign(id: string, kind: Kind, lastMemberNo: number): CampaignInput {
  const ad = kind === 'marketing' ? { ad: AD } : {};
  return { id, kind, audience: { members: { from: 1, to: lastMemberNo } }, message: MESSAGES[kind], ...ad };
}
