import type { Member } from '../../functions/src/contract/member.ts';
import type { Documents } from '../../functions/src/ports.ts';
import { putMembers, removeMember } from '../../functions/src/store/directory.ts';
import type { VirtualClock } from '../memory/clock.ts';
import type { Chance } from './chance.ts';
import { MEMBER_CHANGES, type Faults } from './faults.ts';
import type { History } from './history.ts';
import { drawAddress, drawMember, granted, refused } from './scenario.ts';

/** The members as the main server has them, and what it changes about them while campaigns run. */
export class Directory {
  /** Members that something happened to; what is promised of the others is exact. */
  readonly touched = new Set<number>();
  /** Those of them that were not members all the time. */
  readonly mayLack = new Set<number>();
  readonly #members = new Map<number, Member>();
  readonly #documents: Documents;
  readonly #homeZone: string;

  /** @param homeZone where most members live */
  constructor(documents: Documents, homeZone: string) {
    this.#documents = documents;
    this.#homeZone = homeZone;
  }

  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  async load(members: readonly Member[]): Promise<void> {
    for (const member of members) this.#members.set(member.memberNo, member);
    await putMembers(this.#documents, members);
  }

  async changeNowAndThen(clock: VirtualClock, chance: Chance, faults: Faults, history: History): Promise<void> {
    while (clock.now() < faults.calmAtMs) {
      await clock.sleep(faults.quietMs() + chance.delayMs(20_000) + 100);
      for (const kind of MEMBER_CHANGES) {
        if (!faults.strikes(kind)) continue;
        const memberNo = chance.oneOf([...this.#members.keys()]);
        history.note('main server', kind, () => String(memberNo));
        await this.#change(kind, memberNo, chance, new Date(clock.now()).toISOString());
      }
    }
  }

  async #change(kind: (typeof MEMBER_CHANGES)[number], memberNo: number, chance: Chance, at: string): Promise<void> {
    const member = this.#members.get(memberNo) as Member;
    this.touched.add(memberNo);
    switch (kind) {
      case 'member.refused':
        return this.#put({ ...member, consent: { ...member.consent, marketing: refused(at) } });
      case 'member.consented':
        return this.#put({ ...member, consent: { ...member.consent, marketing: granted(at) } });
      case 'member.night-refused':
        return this.#put({ ...member, consent: { ...member.consent, night: refused(at) } });
      case 'member.night-consented':
        return this.#put({ ...member, consent: { ...member.consent, night: granted(at) } });
      case 'member.address-changed':
        return this.#put({ ...member, addresses: [drawAddress(chance, memberNo, 9), ...member.addresses.slice(1)] });
      case 'member.addresses-removed':
        return this.#put({ ...member, addresses: [] });
      case 'member.added': {
        const added = Math.floor(memberNo / 500) * 500 + chance.whole(1, 499);
        if (this.#members.has(added)) return;
        this.touched.add(added);
        this.mayLack.add(added);
        return this.#put(drawMember(chance, added, this.#homeZone));
      }
      case 'member.removed':
        // The last member of an audience: an audience of nobody is no campaign.
        if (memberNo === Math.min(...this.#members.keys())) return;
        this.mayLack.add(memberNo);
        return removeMember(this.#documents, memberNo);
      case 'member.unreadable':
        await this.#documents.commit([
          {
            merge: `members/${String(Math.floor(memberNo / 500)).padStart(14, '0')}`,
            fields: { members: { [memberNo]: '{"addresses":' } },
          },
        ]);
    }
  }

  async #put(member: Member): Promise<void> {
    this.#members.set(member.memberNo, member);
    await putMembers(this.#documents, [member]);
  }
}
