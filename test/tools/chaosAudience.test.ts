import assert from 'node:assert/strict';
import { addressHash as ledgerHash } from '../../functions/src/core/address.ts';
import { behaviourOfAddress } from '../../simulators/fcm/faults/behaviours.ts';
import { ADDRESS_FAULT_NAMES, faultOf } from '../../tools/chaos/addresses.ts';
import { Audience } from '../../tools/chaos/audience.ts';

const FID_LENGTH = 22;

/** As the pipeline itself names an address in its outcomes. */
function namedInLedger(address: string | null): string | null {
  if (address === null) return null;
  return Buffer.from(ledgerHash(address.length === FID_LENGTH ? { fid: address } : { token: address })).toString('hex');
}

describe('the audience of chaos', () => {
  const audience = new Audience('resend', 1, true);
  const members = [...audience.members(1_000, 1)];

  it('has an address of every kind that misbehaves, and the simulator knows each', () => {
    const faults = members.flatMap(({ addresses }) => addresses.flatMap(({ token }) => faultOf(token ?? '') ?? []));
    assert.deepEqual(new Set(faults), new Set(ADDRESS_FAULT_NAMES));
    for (const name of ADDRESS_FAULT_NAMES) assert.notEqual(behaviourOfAddress(`${name}:AAAA`), undefined, name);
  });

  it('works out a message for each address, and one for each member who gets none', () => {
    for (const { address, addressHash } of audience.expected) assert.equal(addressHash, namedInLedger(address));
    assert.equal(new Set(audience.expected.map(({ key }) => key)).size, 1_000);
    assert.ok(audience.expected.some(({ outcome, address }) => outcome === 'suppressed.refused' && address === null));
  });

  it('behaves where it is to', () => {
    const good = [...new Audience('record', 0, false).members(1_000, 1)];
    assert.ok(good.every(({ addresses }) => addresses.every(({ token }) => faultOf(token ?? '') === null)));
  });
});
