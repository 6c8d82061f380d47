import assert from 'node:assert/strict';
import { LEDGER_CODES, type LedgerCode } from '../../../functions/src/contract/codes.ts';
import { anyToRedrive, redriveOf } from '../../../functions/src/core/redrive.ts';
import { isAmbiguous, writeOff } from '../../../functions/src/core/verdict.ts';

const CODES = Object.keys(LEDGER_CODES) as LedgerCode[];

describe('redriveOf', () => {
  it('takes up what failed or is unknown, and nothing else', () => {
    for (const code of CODES) {
      const wanted = code.startsWith('failed.') || code.startsWith('unknown.');
      assert.equal(redriveOf(code) !== null, wanted, code);
      assert.equal(anyToRedrive({ [code]: 1, 'accepted.fcm': 2 }), wanted, code);
    }
  });

  it('keeps what FCM may have accepted apart from what it did not', () => {
    for (const code of CODES) {
      const waits = redriveOf(code);
      if (waits === null) continue;
      assert.equal(isAmbiguous(waits), code.startsWith('unknown.'), code);
      const end = writeOff(waits, 'cancelled');
      assert.equal(end, code.startsWith('unknown.') ? code : 'cancelled.operator');
    }
  });
});
