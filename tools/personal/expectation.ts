import { expectationOf, reasonsFor, type Expectation } from '../members/expectation.ts';
import { faultOf, FAULTS } from '../members/faults.ts';
import type { PersonalMessage } from './generate.ts';

export interface Texts {
  readonly title: string;
  readonly body: string;
}

/**
 * Adds up, recipient by recipient, what a transactional campaign of personalised messages must come to: each message's
 * outcome, and what each address has to show. Worked out from the sample alone.
 */
export class PersonalExpecting {
  readonly #reasons = new Map<string, number>();
  /** What each address that works must show. */
  readonly shown = new Map<string, Texts>();
  readonly #usable: (message: PersonalMessage) => PersonalMessage['to'];
  #recipients = 0;

  /** @param usable the recipient without the addresses that are not used any more */
  constructor(usable: (message: PersonalMessage) => PersonalMessage['to'] = ({ to }) => to) {
    this.#usable = usable;
  }

  /** Counts each message on its way through. */
  *through(messages: Iterable<PersonalMessage>): Generator<PersonalMessage['line'], void, undefined> {
    for (const message of messages) {
      const { line, title, body, to } = message;
      this.#recipients += 1;
      const usable = this.#usable(message);
      const isAlone = usable.addresses.length === 0 && to.addresses.length > 0;
      for (const reason of isAlone ? ['suppressed.quarantined'] : reasonsFor(usable, 'transactional')) {
        this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
      }
      for (const { token, fid } of to.addresses) {
        const address = token ?? fid ?? '';
        const fault = faultOf(address);
        if (fault === null || FAULTS[fault] === 'accepted.fcm') this.shown.set(address, { title, body });
      }
      yield line;
    }
  }

  result(): Expectation {
    return expectationOf(this.#reasons, { members: this.#recipients, lastMemberNo: 0 });
  }
}
