import type { Member } from '../../client/index.ts';
import { DEFAULT_PROFILE, memberAt, type Profile } from './member.ts';

/** Which members to make. */
export interface Sample {
  /** Members that exist; gaps in the numbers come on top. */
  readonly members: number;
  /** 0 to 2^32 - 1. */
  readonly seed: number;
  /** The first number that may be a member; 1 where absent. */
  readonly from?: number;
  readonly profile?: Profile;
}

/**
 * The members one by one, by rising number; any number of them in the memory of one.
 * @throws RangeError when the numbers run out.
 */
export function* generateMembers(sample: Sample): Generator<Member, void, undefined> {
  const { profile = DEFAULT_PROFILE, from = 1, seed } = sample;
  let left = sample.members;
  for (let memberNo = from; left > 0; memberNo += 1) {
    if (memberNo > Number.MAX_SAFE_INTEGER) throw new RangeError('the member numbers run past 2^53 - 1');
    const member = memberAt(seed, memberNo, profile);
    if (member === null) continue;
    left -= 1;
    yield member;
  }
}
