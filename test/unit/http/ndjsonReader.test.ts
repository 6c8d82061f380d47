import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MEMBER_MAX_BYTES, memberSchema, type Member } from '../../../functions/src/contract/member.ts';
import { ProblemError, type FieldError } from '../../../functions/src/contract/problem.ts';
import { NDJSON_MAX_LINES, readNdjson } from '../../../functions/src/http/ndjsonReader.ts';

const CHECKS = {
  unique: { field: '/memberNo', of: (member: Member) => member.memberNo },
  maxValueBytes: MEMBER_MAX_BYTES,
};

function read(body: string | Uint8Array): Member[] {
  return readNdjson(Buffer.from(body), memberSchema, CHECKS);
}

function refusalOf(body: string | Uint8Array): ProblemError {
  try {
    read(body);
  } catch (error) {
    assert.ok(error instanceof ProblemError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'the body was taken' });
}

function errorsOf(body: string | Uint8Array): readonly FieldError[] {
  const problem = refusalOf(body);
  assert.equal(problem.code, 'invalid');
  return problem.errors;
}

const lines = (count: number) => Array.from({ length: count }, (_, index) => `{"memberNo":${index + 1}}`);

describe('NDJSON reader', () => {
  it('reads lines with and without a newline at the end, and with CRLF', () => {
    assert.deepEqual(
      read('{"memberNo":1}\n{"memberNo":2}').map((member) => member.memberNo),
      [1, 2],
    );
    assert.deepEqual(
      read('{"memberNo":1}\r\n{"memberNo":2}\r\n').map((member) => member.memberNo),
      [1, 2],
    );
  });

  it('reads back whatever members are written, in order', () => {
    const member = fc.record({
      memberNo: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      vars: fc.dictionary(
        fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,9}$/),
        fc.string({ unit: 'grapheme', maxLength: 40 }),
        {
          maxKeys: 3,
        },
      ),
    });
    const members = fc.uniqueArray(member, { selector: (each) => each.memberNo, minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(members, fc.boolean(), (written, newlineAtEnd) => {
        const body = written.map((each) => JSON.stringify(each)).join('\n') + (newlineAtEnd ? '\n' : '');
        const back = read(body).map(({ memberNo, vars }) => ({ memberNo, vars }));
        assert.deepEqual(
          back,
          written.map(({ memberNo, vars }) => ({ memberNo, vars: { ...vars } })),
        );
      }),
    );
  });

  it('names the line and the field of one bad line among 10,000', () => {
    const body = lines(NDJSON_MAX_LINES);
    body[6_665] = '{"memberNo":6666,"addresses":[{"token":"a"},{"token":"a","platform":"pager"}]}';
    assert.deepEqual(errorsOf(body.join('\n')), [
      { field: '/addresses/1/platform', message: 'must be "android" or "ios" or "web"', line: 6_666 },
    ]);
  });

  it('finds the bad line wherever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }), (count, at) => {
        fc.pre(at <= count);
        const body = lines(count);
        body[at - 1] = '{"memberNo":';
        assert.deepEqual(errorsOf(body.join('\n')), [{ field: '', message: 'is not JSON', line: at }]);
      }),
    );
  });

  it('takes 10,000 lines and refuses 10,001', () => {
    assert.equal(read(lines(NDJSON_MAX_LINES).join('\n')).length, NDJSON_MAX_LINES);
    assert.equal(read(`${lines(NDJSON_MAX_LINES).join('\n')}\n`).length, NDJSON_MAX_LINES);
    assert.equal(refusalOf(lines(NDJSON_MAX_LINES + 1).join('\n')).code, 'body_too_large');
    assert.equal(refusalOf('\n'.repeat(NDJSON_MAX_LINES + 1)).code, 'body_too_large');
  });

  it('lists 20 errors and counts them all', () => {
    const problem = refusalOf(Array.from({ length: 9_999 }, () => '{}').join('\n'));
    assert.equal(problem.errors.length, 20);
    assert.match(problem.message, /9999 errors/);
    assert.deepEqual(problem.errors[19], { field: '/memberNo', message: 'is required', line: 20 });
  });

  it('refuses bytes that are not UTF-8, on their own line', () => {
    const good = Buffer.from('{"memberNo":1}\n');
    for (const bad of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe3, 0x81], [0xf5, 0x80, 0x80, 0x80]]) {
      const line = Buffer.concat([Buffer.from('{"memberNo":2,"tags":["'), Buffer.from(bad), Buffer.from('"]}')]);
      const errors = errorsOf(Buffer.concat([good, line]));
      assert.deepEqual(errors, [{ field: '', message: 'is not valid UTF-8', line: 2 }]);
    }
  });

  it('refuses blank lines, but for one newline at the end', () => {
    for (const [body, line] of [
      ['\n', 1],
      ['\n{"memberNo":1}', 1],
      ['{"memberNo":1}\n\n', 2],
      ['{"memberNo":1}\n \r\n{"memberNo":2}', 2],
    ] as const) {
      assert.deepEqual(
        errorsOf(body).map((error) => [error.line, error.message.startsWith('is blank')]),
        [[line, true]],
      );
    }
  });

  it('names both lines of a member that comes twice', () => {
    assert.deepEqual(errorsOf('{"memberNo":7}\n{"memberNo":8}\n{"memberNo":7,"tags":["a"]}'), [
      { field: '/memberNo', message: 'is the same as on line 1', line: 3 },
    ]);
  });

  it('refuses a member that takes more bytes than one may', () => {
    const memberOf = (length: number) =>
      JSON.stringify({
        memberNo: 1,
        vars: Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, '가'.repeat(length)])),
      });
    assert.equal(read(memberOf(150)).length, 1);
    assert.deepEqual(errorsOf(memberOf(170)), [{ field: '', message: 'takes more than 2000 bytes as JSON', line: 1 }]);
  });

  it('measures what is stored, not the spaces that were sent', () => {
    assert.equal(read(`{"memberNo":1${' '.repeat(MEMBER_MAX_BYTES)}}`).length, 1);
  });

  it('refuses names that reach for the prototype', () => {
    const fieldsOf = (body: string) => errorsOf(body).map((error) => error.field);
    assert.deepEqual(fieldsOf('{"memberNo":1,"__proto__":{"tags":["vip"]}}'), ['/__proto__']);
    assert.deepEqual(fieldsOf('{"memberNo":1,"vars":{"__proto__":"x"}}'), ['/vars/__proto__']);
    assert.deepEqual(fieldsOf('{"memberNo":1,"vars":{"\\u005f_proto__":"x"}}'), ['/vars/__proto__']);
    assert.equal(Object.getPrototypeOf(read('{"memberNo":1,"vars":{"constructor":"x"}}')[0]?.vars), Object.prototype);
  });

  it('never throws anything but a problem, and repeats no value, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.ok(refusalOf(bytes) instanceof ProblemError);
      }),
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (json) => {
        const marked = json.replaceAll(/"[^"\\]*"(?!\s*:)/g, '"~value~"');
        for (const { message } of refusalOf(marked).errors) assert.ok(!message.includes('~value~'), message);
      }),
    );
  });
});
