import assert from 'node:assert/strict';
import { atLeast, atMost, median, table } from '../../tools/bench/measurement.ts';
import { withSection } from '../../tools/bench/publication.ts';

describe('bench', () => {
  it('holds what is measured to its bound, the bound included', () => {
    assert.equal(atLeast('speed', 0.85, 0.85).holds, true);
    assert.equal(atLeast('speed', 0.84, 0.85).holds, false);
    assert.equal(atMost('memory', 512, 512, 'MiB').holds, true);
    assert.equal(atMost('memory', 513, 512, 'MiB').holds, false);
    assert.equal(atMost('memory', 1_513, 512, 'MiB').measured, '1,513 MiB');
    assert.equal(atLeast('never measured', Number.NaN, 1).holds, false);
  });

  it('prints tables as Prettier writes them', () => {
    const lines = ['| way    |   /s |', '| ------ | ---: |', '| direct | 0.50 |', '| b      |   12 |'];
    const rows = [
      ['direct', 0.5],
      ['b', 12],
    ];
    assert.equal(table(['way', '/s'], rows), lines.join('\n'));
  });

  it('takes the middle', () => {
    assert.equal(median([9, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 9]), 3);
  });

  it('publishes a section, and leaves the others as they are', () => {
    const first = withSection('', 'sender', 'fast\n');
    const both = withSection(first, 'memory', 'small');
    const again = withSection(both, 'sender', 'faster');
    assert.match(first, /^# Performance\n\n.*\n\n## sender\n\nfast\n$/s);
    assert.match(both, /## sender\n\nfast\n\n## memory\n\nsmall\n$/);
    assert.match(again, /## sender\n\nfaster\n\n## memory\n\nsmall\n$/);
    assert.equal(withSection(again, 'sender', 'faster'), again);
  });
});
