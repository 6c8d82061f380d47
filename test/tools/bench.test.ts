import assert from 'node:assert/strict';
import { atLeast, atMost, median, table } from '../../tools/bench/measurement.ts';
import { readFileSync } from 'node:fs';
import { pageOf, withHeadlines, withSection } from '../../tools/bench/publication.ts';
import type { CampaignRun } from '../../tools/bench/pipeline/campaign.ts';
import { Sampler } from '../../tools/bench/pipeline/sampler.ts';
import { trendOf } from '../../tools/bench/pipeline/trend.ts';
import { CAMPAIGNS, LATENCIES_MS, ROWS, type Figure, type Figures, type Row } from '../../tools/bench/speed/figures.ts';
import { jsonOf, targetsOf } from '../../tools/bench/speed/verdict.ts';

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

  it('publishes a document of its own', () => {
    assert.match(pageOf('scale', 'flat\n'), /^# Scale\n\n.*--only scale --publish.*\n\nflat\n$/);
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

  it('has the README say what was published, and no more', () => {
    const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
    const readme = read('README.md');
    assert.equal(withHeadlines(readme, read('docs/performance.md')), readme);
    const again = withHeadlines(readme, '# Performance\n\n## speed\n\n- fast\n- small\n\nno headline\n');
    assert.match(again, /-->\n\n- fast\n- small\n\n<!--/);
    assert.throws(() => withHeadlines('no place', ''), RangeError);
  });

  it('tells growth from noise', () => {
    const minute = (rssMib: (second: number) => number) =>
      trendOf(Array.from({ length: 300 }, (_, index) => ({ atMs: index * 200, rssMib: rssMib(index / 5) })));
    const unrest = (second: number): number => Math.sin(second ** 2);
    const leak = minute((second) => 200 + second / 60 + unrest(second) / 10);
    assert.ok(Math.abs(leak.slopeMibPerMinute - 1) < 0.1 && leak.growthMib > leak.noiseMib);
    const steps = minute((second) => 200 + Math.floor(second / 6));
    assert.ok(steps.growthMib > 9 && steps.noiseMib < 0.1);
    const oneStep = minute((second) => (second < 30 ? 200 : 201));
    assert.ok(oneStep.growthMib > 1 && oneStep.growthMib < oneStep.noiseMib);
    const unsteady = minute((second) => 200 + unrest(second));
    assert.ok(Math.abs(unsteady.growthMib) <= unsteady.noiseMib);
    const still = { slopeMibPerMinute: 0, growthMib: 0, noiseMib: 0 };
    assert.deepEqual(
      minute(() => 200),
      still,
    );
    assert.deepEqual(
      trendOf([
        { atMs: 0, rssMib: 1 },
        { atMs: 1, rssMib: 9 },
      ]),
      still,
    );
  });

  it('takes the process that took the most', () => {
    const sampler = new Sampler(() => [
      { name: 'small', rssBytes: 10 * MIB },
      { name: 'large', rssBytes: 30 * MIB },
      { name: 'gone', rssBytes: undefined },
    ]);
    const { startMib, peakMib, meanMib, growthMib, noiseMib } = sampler.stop();
    assert.deepEqual({ startMib, peakMib, meanMib, growthMib, noiseMib }, flat(30));
  });

  it('holds campaigns against their bare senders by medians, at each latency', () => {
    const figures = speedFigures({
      range: [900, 1_700, 950],
      personalised: [800, 800, 800],
      direct: [1_000, 1_000, 1_000],
    });
    const json = jsonOf(figures) as { endToEndVsSender: object; vsOneAtATime: object; acceptToFirstPostMs: number };
    const ratios = { range: 0.95, personalised: 0.8 };
    assert.deepEqual(json.endToEndVsSender, { 0: ratios, 50: ratios, 200: ratios });
    assert.deepEqual(json.vsOneAtATime, { 50: 9.5 });
    assert.equal(json.acceptToFirstPostMs, 700);
    const missed = targetsOf(figures).filter(({ holds }) => !holds);
    const senders = LATENCIES_MS.map((ms) => `personalised at ${ms} ms, of its bare sender`);
    assert.deepEqual(
      missed.map(({ what }) => what),
      [
        ...senders,
        'range at 50 ms, times one at a time',
        'one instance at 200 ms',
        'range: Firestore operations for 500 messages',
      ],
    );
  });
});

const MIB = 1_048_576;

function flat(mib: number) {
  return { startMib: mib, peakMib: mib, meanMib: mib, growthMib: 0, noiseMib: 0 };
}

/** Rows that are not given send 100 messages/s. */
function speedFigures(rates: Readonly<Partial<Record<Row, readonly number[]>>>): Figures {
  const rows = ROWS.map((row): [Row, Figure[]] => {
    const reads = row === 'range' ? 40 : 5;
    return [
      row,
      (rates[row] ?? [100]).map((rate) => figure(rate, CAMPAIGNS.some((kind) => kind === row) ? reads : null)),
    ];
  });
  return new Map(LATENCIES_MS.map((ms) => [ms, new Map(rows)]));
}

function figure(perSecond: number, reads: number | null): Figure {
  const one = { perSecond, perCpuSecond: perSecond, peakMib: 200, meanMib: 190 };
  if (reads === null) return one;
  const campaign: CampaignRun = {
    messages: 2_000,
    seconds: 2_000 / perSecond,
    perSecond,
    postsPerSecond: perSecond,
    acceptToFirstPostMs: 700,
    cpuMs: { sendRange: 200, api: 10 },
    sending: { ...flat(200), slopeMibPerMinute: 0 },
    operations: {
      firestoreReads: reads,
      firestoreWrites: 10,
      firestoreDeletes: 0,
      pubsubMessages: 0,
      taskOperations: 3,
      instanceMs: 200,
    },
  };
  return { ...one, campaign };
}
