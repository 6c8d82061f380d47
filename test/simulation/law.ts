import type { Doc } from '../../functions/src/ports.ts';
import type { Post } from './fcm.ts';
import { HOME_ZONE, isNight } from './nights.ts';
import type { PlannedCampaign } from './scenario.ts';
import { ON_ITS_WAY_MS } from './skew.ts';
import { inlinePerson } from './uploads.ts';

interface LookUp {
  readonly members: Readonly<Record<string, string>>;
  readonly atMs: number;
}

/** Of a member, as far as the law asks. */
interface Person {
  readonly consent: { readonly marketing?: Choice | null | undefined; readonly night?: Choice | null | undefined };
  readonly timeZone?: string;
}
interface Choice {
  readonly granted: boolean;
}

/** Holds each POST of advertising against what the invocation that made it had read of its recipient. */
export class LawWitness {
  /** The oldest look-up of a member's consent that a POST relied on, in milliseconds. */
  oldestLookUpMs = 0;
  readonly #now: () => number;
  readonly #accuse: (what: string) => void;
  /** What each invocation read of members, the last first. */
  readonly #lookUps = new Map<string, LookUp[]>();

  constructor(now: () => number, accuse: (what: string) => void) {
    this.#now = now;
    this.#accuse = accuse;
  }

  sawRead(by: string, doc: Doc): void {
    if (!doc.path.startsWith('members/')) return;
    const members = (doc.fields['members'] ?? {}) as LookUp['members'];
    this.#lookUps.set(by, [{ members, atMs: this.#now() }, ...(this.#lookUps.get(by) ?? [])]);
  }

  /** @param about the message, in words */
  sawPost(post: Post, { parts }: PlannedCampaign, about: string): void {
    const line = parts?.flat().find(({ key }) => key === post.key);
    if (line !== undefined && line.memberNo === undefined) return this.#judge(post, inlinePerson(line), about);
    const lookUp = this.#lookUps.get(post.by)?.find(({ members }) => members[post.key] !== undefined);
    const stored = lookUp?.members[post.key];
    if (lookUp === undefined || stored === undefined) return this.#accuse(`${about} was not looked up`);
    this.oldestLookUpMs = Math.max(this.oldestLookUpMs, post.atMs - lookUp.atMs);
    this.#judge(post, JSON.parse(stored) as Person, about);
  }

  #judge(post: Post, { consent, timeZone = HOME_ZONE }: Person, about: string): void {
    if (consent.marketing?.granted !== true) this.#accuse(`${about} had not consented when this attempt looked`);
    if (consent.night?.granted === true) return;
    const atNight = [-ON_ITS_WAY_MS, ON_ITS_WAY_MS].every((ms) => isNight(timeZone, post.atMs + ms));
    if (atNight) this.#accuse(`${about} was sent advertising at night`);
  }
}
