import { createHash } from 'node:crypto';
import type { CampaignInput, Member } from '../../client/index.ts';
import { generateMembers } from '../members/generate.ts';
import { DEFAULT_PROFILE, type Profile } from '../members/member.ts';
import { faultAt, isAmbiguousAt, outcomeAt } from './addresses.ts';
import type { Policy } from './options.ts';

/** One message that a campaign must come to, worked out from its member alone. */
export interface Expected {
  /** The member's number, as outcomes name it. */
  readonly key: string;
  /** As FCM gets it; null where nothing may be posted. */
  readonly address: string | null;
  /** As outcomes name the address: the first 8 bytes of its SHA-256. */
  readonly addressHash: string | null;
  /** `<outcome>.<reason>`. */
  readonly outcome: string;
  /** Its first POST leaves open what FCM made of it. */
  readonly ambiguous: boolean;
}

/** Whoever wants advertising wants it at night too, so that a run comes to the same at any hour. */
const PROFILE: Profile = { ...DEFAULT_PROFILE, nightGranted: 1, nightRefused: 0, faults: {} };

/** Numbers between the first members of two campaigns. */
const NUMBERS_EACH = 100_000_000;

/** The members of one campaign, some at addresses that misbehave, and every message that they must lead to. */
export class Audience {
  readonly policy: Policy;
  readonly from: number;
  readonly expected: Expected[] = [];
  readonly #misbehave: boolean;
  #lastMemberNo = 0;
  #addresses = 0;

  /**
   * @param nth campaign of the run, from 0
   * @param misbehave whether some addresses do
   */
  constructor(policy: Policy, nth: number, misbehave: boolean) {
    this.policy = policy;
    this.#misbehave = misbehave;
    this.from = nth * NUMBERS_EACH + 1;
  }

  /** Each member once; what it leads to is noted on the way. */
  *members(count: number, seed: number): Generator<Member, void, undefined> {
    for (const member of generateMembers({ members: count, seed, from: this.from, profile: PROFILE })) {
      const troubled = { ...member, addresses: member.addresses.map((address) => this.#troubled(address, count)) };
      this.expected.push(...expectedOf(troubled));
      this.#lastMemberNo = member.memberNo;
      yield troubled;
    }
  }

  campaign(id: string): CampaignInput {
    return {
      id,
      kind: 'marketing',
      audience: { members: { from: this.from, to: this.#lastMemberNo } },
      message: {
        title: '(광고) {{name|고객}}님, 봄 세일이 시작됐어요',
        body: '최대 30% 할인. 봉수백화점, 무료수신거부 080-000-0000',
      },
      ad: { sender: '봉수백화점', optOut: '무료수신거부 080-000-0000' },
      // So many attempts that none is given up while trouble is made.
      policy: { onAmbiguous: this.policy, maxAttempts: 20 },
    };
  }

  #troubled(address: Member['addresses'][number], members: number): Member['addresses'][number] {
    const { token } = address;
    if (token === undefined || !this.#misbehave) return address;
    const fault = faultAt(this.#addresses, members);
    this.#addresses += 1;
    // Without the mark of a real token, by which the simulator tells that one only looks like a fault.
    return fault === null ? address : { ...address, token: `${fault}:${token.replace(':APA91b', '')}` };
  }
}

/** What the law and the addresses of one member lead to; no code of the pipeline has a part in it. */
function expectedOf({ memberNo, addresses, consent }: Member): Expected[] {
  const key = String(memberNo);
  const nobody = (outcome: string): Expected[] => [
    { key, address: null, addressHash: null, outcome, ambiguous: false },
  ];
  const { marketing } = consent;
  if (marketing?.granted === false) return nobody('suppressed.refused');
  if (marketing?.granted !== true) return nobody('suppressed.no-consent');
  if (addresses.length === 0) return nobody('suppressed.no-address');
  return addresses.map(({ token, fid }) => {
    const address = token ?? fid ?? '';
    const named = token === undefined ? `fid:${address}` : `token:${address}`;
    return { key, address, addressHash: hashOf(named), outcome: outcomeAt(address), ambiguous: isAmbiguousAt(address) };
  });
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
