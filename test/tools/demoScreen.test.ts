import assert from 'node:assert/strict';
import { count, duration, Screen } from '../../tools/demo/screen.ts';

class Paper {
  readonly columns = 80;
  readonly isTTY: boolean;
  text = '';

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

const progress = { done: 25_000, total: 100_000, note: 'running  3,000/s' };

describe('the screen', () => {
  it('says what a step is and how long it took', async () => {
    const paper = new Paper(false);
    let nowMs = 0;
    const screen = new Screen(paper, () => nowMs);
    const value = await screen.step('Storing', async () => {
      nowMs = 1_500;
      return 7;
    });
    assert.equal(value, 7);
    assert.equal(paper.text, '> Storing\n  done in 1.5 s\n');
  });

  it('says that a step failed, and lets the failure through', async () => {
    const paper = new Paper(false);
    const screen = new Screen(paper, () => 0);
    await assert.rejects(
      screen.step('Storing', () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(paper.text, '> Storing\n  failed after 0.0 s\n');
  });

  it('on a terminal redraws one line, which never wraps, and writes others above it', () => {
    const paper = new Paper(true);
    const screen = new Screen(paper, () => 0);
    screen.progress(progress);
    screen.progress({ ...progress, note: 'x'.repeat(200) });
    screen.say('above');
    const [first = '', second = '', last] = paper.text.split('\r\u001b[K').slice(1);
    assert.equal(first, '  [######------------------] 25% 25,000 of 100,000  running  3,000/s');
    assert.equal(second.length, 79);
    assert.equal(last, 'above\n');
  });

  it('in a file writes a plain line every five seconds', async () => {
    const paper = new Paper(false);
    let nowMs = 0;
    const screen = new Screen(paper, () => nowMs);
    await screen.step('Sending', async () => {
      for (; nowMs <= 12_000; nowMs += 500) screen.progress(progress);
    });
    assert.deepEqual(paper.text.split('\n').slice(1, -2), [
      '   25% 25,000 of 100,000  running  3,000/s',
      '   25% 25,000 of 100,000  running  3,000/s',
    ]);
  });

  it('shows nothing of nothing as done, and never more than all', () => {
    const paper = new Paper(true);
    const screen = new Screen(paper, () => 0);
    screen.progress({ done: 0, total: 0, note: '' });
    screen.progress({ done: 12, total: 10, note: '' });
    assert.equal(paper.text.match(/\[#{24}\] 100%/g)?.length, 2);
  });

  for (const [ms, text] of [
    [0, '0.0 s'],
    [9_949, '9.9 s'],
    [9_950, '10 s'],
    [59_499, '59 s'],
    [59_500, '1 min 0 s'],
    [185_000, '3 min 5 s'],
  ] as const) {
    it(`writes ${ms} ms as ${text}`, () => assert.equal(duration(ms), text));
  }

  it('parts thousands', () => assert.equal(count(1_234_567), '1,234,567'));
});
