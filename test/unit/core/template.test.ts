import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fillTemplate, parseTemplate, TemplateError } from '../../../functions/src/core/template.ts';

const fill = (text: string, vars: Record<string, string> = {}): string | null =>
  fillTemplate(parseTemplate(text), vars);

describe('template', () => {
  const cases: [text: string, vars: Record<string, string>, filled: string | null][] = [
    ['plain', {}, 'plain'],
    ['', {}, ''],
    ['{{name}}', { name: '민수' }, '민수'],
    ['{{ name }}님', { name: '민수' }, '민수님'],
    ['{{name|고객}}님', {}, '고객님'],
    ['{{name|고객}}님', { name: '' }, '고객님'],
    ['{{name|}}!', {}, '!'],
    ['{{a}}{{b}}', { a: '1', b: '2' }, '12'],
    ['{{a}}', {}, null],
    ['{{a}}', { a: '' }, null],
    ['{{a|b|c}}', {}, 'b|c'],
    ['{ {a} }', {}, '{ {a} }'],
    ['{{constructor}}', {}, null],
    ['{{__proto__|x}}', {}, 'x'],
    ['{{toString}}', {}, null],
    ['{{a}}', { a: '{{b}}', b: 'no' }, '{{b}}'],
    ['{{a}}', { a: '$&$1' }, '$&$1'],
  ];
  for (const [text, vars, filled] of cases) {
    it(`fills ${JSON.stringify(text)} with ${JSON.stringify(vars)} to ${JSON.stringify(filled)}`, () => {
      assert.equal(fill(text, vars), filled);
    });
  }

  for (const text of [
    '{{',
    '}}',
    '{{}}',
    '{{ }}',
    '{{1a}}',
    '{{a b}}',
    '{{a',
    'a}}',
    '{{{a}}}',
    '{{a|{b}}}',
    `{{${'x'.repeat(41)}}}`,
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseTemplate(text), TemplateError);
    });
  }

  it('gives back any text without double braces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!/\{\{|\}\}/.test(text));
        assert.equal(fill(text), text);
      }),
    );
  });

  it('never sends braces that stood in the template', () => {
    const piece = fc.oneof(
      fc.constantFrom('{{a}}', '{{b|x}}', '{{a|}}'),
      fc.string().filter((text) => !/[{}]/.test(text)),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.option(fc.constantFrom('v', '')), (pieces, a) => {
        const filled = fill(pieces.join(''), a === null ? {} : { a });
        assert.ok(filled === null || !/\{\{|\}\}/.test(filled));
      }),
    );
  });
});
