import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LEDGER_CODES } from '../../functions/src/contract/codes.ts';
import { CODE_NAMES } from './ledger.ts';
import { MUTANTS } from './mutants.ts';
import type { Mutant } from './mutants/mutant.ts';
import { run } from './run.ts';
import { huntMutants, simulate } from './simulate.ts';

const SOURCE = resolve(import.meta.dirname, '../../functions/src');

describe('simulation', () => {
  it('finds no broken promise in 1,000 seeds that show every kind of fault', async () => {
    const { seeds, failures, missing } = await simulate(1, 1_000);
    assert.equal(seeds, 1_000);
    assert.deepEqual(failures.slice(0, 3), [], 'replay: npm run simulate -- --seed N --seeds 1');
    assert.deepEqual(missing, []);
  }).timeout(120_000);

  it('plays the same history for the same seed, whether it is kept or not, and another for another', async () => {
    const [first, again, unkept, other] = [await run(7, true), await run(7, true), await run(7), await run(8, true)];
    assert.ok(first.history.lines.length > 50);
    assert.equal(again.history.hash(), first.history.hash());
    assert.notEqual(other.history.hash(), first.history.hash());
    assert.deepEqual([unkept.posts, unkept.faults], [first.posts, first.faults]);
  });
});

describe('the ledger as the simulation reads it', () => {
  it('has the codes that the pipeline writes, under the same numbers', () => {
    const written = Object.entries(LEDGER_CODES).map(([name, number]) => [String(number), name]);
    assert.deepEqual(CODE_NAMES, Object.fromEntries(written));
  });
});

describe('planted faults', () => {
  it('each fit one place of the source', () => {
    const misfits = MUTANTS.filter(
      ({ file, snippet }) => readFileSync(join(SOURCE, file), 'utf8').split(snippet).length !== 2,
    );
    assert.deepEqual(misfits, []);
    assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length);
  });

  it('are found, and what is no fault is not', async () => {
    const fault = MUTANTS.find(({ name }) => name === 'claims who is claimed already') as Mutant;
    const none: Mutant = { ...fault, name: 'none', replacement: fault.snippet };
    const hunted = await huntMutants([fault, none], { first: 1, most: 100 });
    const found = new Map(hunted.map(({ mutant, seeds }) => [mutant.name, seeds !== null]));
    assert.deepEqual(
      found,
      new Map([
        [fault.name, true],
        ['none', false],
      ]),
    );
  }).timeout(60_000);

  it('that fit no more are refused', async () => {
    const stale: Mutant = { name: 'stale', file: 'core/gate.ts', snippet: 'no such text', replacement: '' };
    await assert.rejects(huntMutants([stale], { first: 1, most: 1 }), /fits core\/gate.ts no more/);
  }).timeout(60_000);
});
