import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  behaviourOfAddress,
  BehaviourError,
  BEHAVIOURS,
  parseBehaviour,
  type Argument,
  type BehaviourName,
} from '../../../simulators/fcm/faults/behaviours.ts';

const base64Url = fc.stringMatching(/^[A-Za-z0-9_-]{22}$/);
const argumentOf = (name: BehaviourName): Argument | undefined =>
  (BEHAVIOURS[name] as { argument?: Argument }).argument;

describe('behaviour prefixes', () => {
  it('reads every name, with and without the number it may have', () => {
    for (const name of Object.keys(BEHAVIOURS) as BehaviourName[]) {
      const argument = argumentOf(name);
      if (!argument?.required) assert.equal(behaviourOfAddress(`${name}:x`)?.name, name);
      if (argument) assert.equal(behaviourOfAddress(`${name}-7:x`)?.argument, 7);
    }
  });

  it('reads wrappers in any depth', () => {
    assert.deepEqual(parseBehaviour('flaky-2-unavailable-60'), {
      name: 'unavailable',
      argument: 60,
      afterMs: 0,
      attempts: 2,
    });
    assert.deepEqual(parseBehaviour('flaky-3-after-500-after-250-dead'), {
      name: 'dead',
      argument: undefined,
      afterMs: 750,
      attempts: 3,
    });
  });

  it('takes a realistic token after the prefix', () => {
    assert.equal(behaviourOfAddress('dead:dGhpc2lzYW5pbnN0YW5jZQ:APA91bHun4')?.name, 'dead');
  });

  it('never mistakes a real registration token, even one that begins like a behaviour', () => {
    assert.equal(behaviourOfAddress('flaky-2-unavailable-60:APA91bHun4MxP5egoKMwt2KZFBaFUH'), undefined);
    fc.assert(fc.property(base64Url, (instance) => behaviourOfAddress(`${instance}:APA91b${instance}`) === undefined));
  });

  it('leaves FIDs and ordinary addresses alone', () => {
    for (const address of [
      '',
      ':',
      'dead',
      'deadline:x',
      'constructor:x',
      'toString:x',
      'x:dead:',
      'cRaZyFiD-dead_0123456',
    ]) {
      assert.equal(behaviourOfAddress(address), undefined, address);
    }
  });

  for (const wrong of [
    'quota-abc',
    'hang',
    'hang-',
    'dead-1',
    'dead-',
    'reset',
    'flaky-2',
    'flaky-dead',
    'after-5-nothing',
    'quota-1-2',
    'hang-99999999',
    'unavailable--1',
    'reset-1e3',
  ]) {
    it(`says what is wrong with ${wrong}`, () => {
      assert.throws(
        () => behaviourOfAddress(`${wrong}:x`),
        (error) => error instanceof BehaviourError && error.message.includes(`'${wrong}'`),
      );
    });
  }
});
