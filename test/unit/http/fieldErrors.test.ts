import assert from 'node:assert/strict';
import fc from 'fast-check';
import { z } from 'zod';
import { pointerOf, readWith, refusal } from '../../../functions/src/http/fieldErrors.ts';

describe('field errors', () => {
  it('point to any path, so that it can be read back', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 60 }), { maxLength: 5 }), (path) => {
        const steps = pointerOf(path).split('/').slice(1);
        assert.deepEqual(
          steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')),
          path,
        );
      }),
    );
  });

  it('keep a name of any length short', () => {
    assert.equal(pointerOf(['x'.repeat(1_000_000)]).length, 66);
  });

  const form = z.union([z.strictObject({ token: z.string() }), z.strictObject({ fid: z.string(), app: z.number() })]);
  const kind = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('a'), size: z.number() }),
    z.strictObject({ kind: z.literal('b') }),
  ]);
  const cases: [what: string, schema: z.ZodType, value: unknown, errors: unknown[]][] = [
    ['a missing field', z.strictObject({ a: z.string() }), {}, [{ field: '/a', message: 'is required' }]],
    ['a null', z.strictObject({ a: z.string() }), { a: null }, [{ field: '/a', message: 'must be a string' }]],
    ['a choice', z.enum(['a', 'b']), 'c', [{ field: '', message: 'must be "a" or "b"' }]],
    ['a length', z.string().max(3), 'abcd', [{ field: '', message: 'must be at most 3 characters long' }]],
    ['a form of a union', form, { token: 1 }, [{ field: '/token', message: 'must be a string' }]],
    ['a union as a whole', form, 7, [{ field: '', message: 'matches none of the allowed forms' }]],
    ['the kind of a union', kind, { kind: 'c' }, [{ field: '/kind', message: 'matches none of the allowed forms' }]],
    ['a field of one kind', kind, { kind: 'a' }, [{ field: '/size', message: 'is required' }]],
    [
      'the contract’s own words',
      z.string().regex(/x/, 'must hold an x'),
      'y',
      [{ field: '', message: 'must hold an x' }],
    ],
    ['one field once', z.number().int('whole').max(5, 'small'), 2 ** 60, [{ field: '', message: 'small' }]],
  ];
  for (const [what, schema, value, errors] of cases) {
    it(`tell of ${what}`, () => assert.deepEqual(readWith(schema, value), { ok: false, errors }));
  }

  it('count in the singular, too', () => {
    const error = { field: '/a', message: 'is required' };
    assert.equal(refusal('invalid', [error]).message, 'The request has 1 error.');
    assert.equal(
      refusal(
        'invalid',
        Array.from({ length: 40 }, () => error),
      ).message,
      'The request has 40 errors; the first 20 are listed.',
    );
  });

  it('find every __proto__, however deep', () => {
    const value: unknown = JSON.parse('{"a":[{"b":{"__proto__":1}}],"__proto__":{"c":{"__proto__":null}}}');
    const result = readWith(z.unknown(), value);
    assert.ok(!result.ok);
    const fields = result.errors.map((error) => error.field);
    assert.deepEqual(new Set(fields), new Set(['/__proto__', '/a/0/b/__proto__', '/__proto__/c/__proto__']));
  });
});
