import assert from 'node:assert/strict';
import { CAMPAIGN_STATES, ENDINGS, type ControlCall } from '../../../functions/src/contract/codes.ts';
import { control, dutyOf, type Standing } from '../../../functions/src/core/lifecycle.ts';

const CALLS: readonly ControlCall[] = ['pause', 'resume', 'cancel', 'redrive'];
const STANDINGS: readonly Standing[] = [
  ...CAMPAIGN_STATES.map((state) => ({ state, ending: null, redrive: null })),
  ...ENDINGS.map((ending) => ({ state: 'running' as const, ending, redrive: null })),
  ...(['running', 'paused', 'halted'] as const).map((state) => ({ state, ending: null, redrive: { next: null } })),
];
const nameOf = ({ state, ending, redrive }: Standing): string =>
  `${state}${redrive === null ? '' : ' again'}${ending === null ? '' : ` to ${ending}`}`;

describe('control', () => {
  it('answers each call in each state', () => {
    const table = Object.fromEntries(
      STANDINGS.map((standing) => [
        nameOf(standing),
        CALLS.map((call) => {
          const decided = control(call, standing);
          return decided.kind === 'change' ? nameOf(decided.to) : decided.kind;
        }),
      ]),
    );
    assert.deepEqual(table, {
      draft: ['refused', 'refused', 'cancelled', 'refused'],
      scheduled: ['refused', 'refused', 'cancelled', 'refused'],
      running: ['paused', 'same', 'running to cancelled', 'refused'],
      paused: ['same', 'running', 'running to cancelled', 'refused'],
      halted: ['refused', 'running', 'running to cancelled', 'refused'],
      completed: ['refused', 'refused', 'refused', 'running again'],
      cancelled: ['refused', 'refused', 'same', 'refused'],
      expired: ['refused', 'refused', 'refused', 'refused'],
      'running to cancelled': ['refused', 'refused', 'same', 'refused'],
      'running to expired': ['refused', 'refused', 'refused', 'refused'],
      'running again': ['paused again', 'same', 'running to cancelled', 'same'],
      'paused again': ['same', 'running again', 'running to cancelled', 'refused'],
      'halted again': ['refused', 'running again', 'running to cancelled', 'refused'],
    });
  });

  it('changes nothing when a call that was taken comes again', () => {
    for (const standing of STANDINGS) {
      for (const call of CALLS) {
        const decided = control(call, standing);
        if (decided.kind === 'change') assert.deepEqual(control(call, decided.to), { kind: 'same' });
      }
    }
  });

  it('lets nothing be sent but by a campaign that runs and is not ending', () => {
    for (const standing of STANDINGS) {
      assert.equal(dutyOf(standing) === 'send', standing.state === 'running' && standing.ending === null);
    }
    assert.equal(dutyOf({ state: 'running', ending: 'expired' }), 'expired');
    assert.equal(dutyOf({ state: 'paused', ending: null }), 'rest');
  });
});
