import type { Member } from '../../client/index.ts';
import { faultOf, FAULTS } from './faults.ts';

export type Kind = 'marketing' | 'transactional';

/** What a campaign to these members must come to, whatever happens on the way. */
export interface Expectation {
  readonly members: number;
  readonly lastMemberNo: number;
  /** Messages: one for each address of those who may be sent to, one for each who may not or cannot. */
  readonly planned: number;
  /** Messages by `<outcome>.<reason>`. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Messages by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/**
 * Adds up, member by member, what a campaign must end as. Worked out from the members alone and from the law as the
 * design words it; it shares no code with the pipeline, so it cannot share its mistakes. It holds for a message whose
 * placeholders all have a default.
 */
export class Expecting {
  readonly #kind: Kind;
  readonly #reasons = new Map<string, number>();
  #members = 0;
  #lastMemberNo = 0;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  add(member: Member): void {
    this.#members += 1;
    this.#lastMemberNo = Math.max(this.#lastMemberNo, member.memberNo);
    for (const reason of reasonsFor(member, this.#kind))
      this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  /** Counts each member on its way through. */
  *through(members: Iterable<Member>): Generator<Member, void, undefined> {
    for (const member of members) {
      this.add(member);
      yield member;
    }
  }

  result(): Expectation {
    return expectationOf(this.#reasons, { members: this.#members, lastMemberNo: this.#lastMemberNo });
  }
}

/** @param reasons messages by `<outcome>.<reason>` */
export function expectationOf(
  reasons: ReadonlyMap<string, number>,
  members: Pick<Expectation, 'members' | 'lastMemberNo'>,
): Expectation {
  const outcomes: Record<string, number> = {};
  for (const [reason, count] of reasons) {
    const outcome = reason.slice(0, reason.indexOf('.'));
    outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
  }
  const planned = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  return {
    ...members,
    planned,
    reasons: Object.fromEntries([...reasons].sort(([a], [b]) => (a < b ? -1 : 1))),
    outcomes,
  };
}

/** What becomes of each message for one person. */
export function reasonsFor(member: Pick<Member, 'addresses' | 'consent'>, kind: Kind): string[] {
  const { marketing } = member.consent;
  if (kind === 'marketing' && marketing?.granted !== true) {
    return [marketing?.granted === false ? 'suppressed.refused' : 'suppressed.no-consent'];
  }
  if (member.addresses.length === 0) return ['suppressed.no-address'];
  return member.addresses.map(({ token, fid }) => {
    const fault = faultOf(token ?? fid ?? '');
    return fault === null ? 'accepted.fcm' : FAULTS[fault];
  });
}
