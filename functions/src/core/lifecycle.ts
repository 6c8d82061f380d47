import type { CampaignState, ControlCall, Counts, Ending } from '../contract/codes.ts';

/** Where a campaign stands: its state and, while what is left of it is being written off, how it will end. */
export interface Standing {
  readonly state: CampaignState;
  readonly ending: Ending | null;
  /** Not null while a campaign that had ended tries again what failed. */
  readonly redrive: Redrive | null;
}

/** How far a redrive has taken failed messages up again. */
export interface Redrive {
  /** Id of the first ledger document not looked at yet; null once all of them were. */
  readonly next: string | null;
}

export type Control =
  /** It stands so already: the call is one that came again. */
  | { readonly kind: 'same' }
  | { readonly kind: 'change'; readonly to: Standing }
  /** The call makes no sense now; `why` is for the caller and names the state. */
  | { readonly kind: 'refused'; readonly why: string };

type Answer = 'same' | CampaignState | Ending;

/**
 * What each call makes of each state; where a state is missing the call makes no sense. A campaign that has begun is
 * not cancelled in one step: it stays `running`, as one that sends nothing, until every message has its outcome.
 */
const CALLS: Readonly<Record<ControlCall, Readonly<Partial<Record<CampaignState, Answer>>>>> = {
  pause: { running: 'paused', paused: 'same' },
  resume: { paused: 'running', halted: 'running', running: 'same' },
  cancel: {
    draft: 'cancelled',
    scheduled: 'cancelled',
    running: 'cancelled',
    paused: 'cancelled',
    halted: 'cancelled',
    cancelled: 'same',
  },
  // Not of a cancelled campaign, which was stopped for good, and not of an expired one, whose time is over.
  redrive: { completed: 'running' },
};

const DONE_WORDS: Readonly<Record<ControlCall, string>> = {
  pause: 'paused',
  resume: 'resumed',
  cancel: 'cancelled',
  redrive: 'redriven',
};

const FROM_THE_START: Redrive = { next: '' };
const CANCELLING = { state: 'running', ending: 'cancelled' } as const;
const CANCELLED = { state: 'cancelled', ending: null } as const;

/** What a control call does to a campaign. */
export function control(call: ControlCall, standing: Standing): Control {
  const { state, ending, redrive } = standing;
  if (ending !== null) {
    if (call === 'cancel' && ending === 'cancelled') return { kind: 'same' };
    return refused(call, `is ending as ${ending}`);
  }
  if (call === 'redrive' && state === 'running' && redrive !== null) return { kind: 'same' };
  const answer = CALLS[call][state];
  if (answer === undefined) return refused(call, `is ${state}`);
  if (answer === 'same') return { kind: 'same' };
  if (call === 'redrive') return { kind: 'change', to: { state: 'running', ending: null, redrive: FROM_THE_START } };
  if (call !== 'cancel') return { kind: 'change', to: { state: answer, ending: null, redrive } };
  const begun = state !== 'draft' && state !== 'scheduled';
  // What a redrive has not taken up yet keeps the outcome that it had.
  const to: Standing = { ...(begun ? CANCELLING : CANCELLED), redrive: null };
  return { kind: 'change', to };
}

function refused(call: ControlCall, how: string): Control {
  return { kind: 'refused', why: `The campaign ${how} and cannot be ${DONE_WORDS[call]}.` };
}

/** Has its time run out, whether it sends or rests, so that it is to end? */
export function isOver({ state, ending }: Pick<Standing, 'state' | 'ending'>, untilMs: number, nowMs: number): boolean {
  const hasBegun = state === 'running' || state === 'paused' || state === 'halted';
  return hasBegun && ending === null && nowMs >= untilMs;
}

/** What a campaign ends as once every message has its outcome. */
export function endOf(ending: Ending | null, counts: Counts): CampaignState {
  if (ending === 'cancelled') return 'cancelled';
  return (counts['expired.until'] ?? 0) > 0 ? 'expired' : 'completed';
}

/** What a sender may do for a campaign that stands so: send, write off what is left, or rest. */
export function dutyOf({ state, ending }: Pick<Standing, 'state' | 'ending'>): 'send' | 'rest' | Ending {
  if (state !== 'running') return 'rest';
  return ending ?? 'send';
}
