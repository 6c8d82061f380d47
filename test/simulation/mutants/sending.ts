import type { Mutant } from './mutant.ts';

/** In how ranges and retries are claimed, sent, recorded and added up. */
export const SENDING: readonly Mutant[] = [
  {
    name: 'writes over what another holder has put into the log',
    file: 'store/ledger.ts',
    snippet: 'commit([{ create, fields:',
    replacement: 'commit([{ merge: create, fields:',
  },
  {
    name: 'claims who is claimed already',
    file: 'stages/sendRange.ts',
    snippet: 'if (this.#log.holds(recipient.key)) continue;',
    replacement: '',
  },
  {
    name: 'ignores the fencing number',
    file: 'stages/lease.ts',
    snippet: 'if (found.record.fence !== fence || found.record.holder !== holder) return false;',
    replacement: '',
  },
  {
    name: 'takes a range without looking at its lease',
    file: 'stages/lease.ts',
    snippet: "found.record.state !== 'open' || found.record.leaseUntilMs > nowMs",
    replacement: "found.record.state !== 'open'",
  },
  {
    name: "leaves a dead holder's claims as they are",
    file: 'stages/rangeLog.ts',
    snippet: "record.state === 'claimed' && record.attempt === 1",
    replacement: 'false',
  },
  {
    name: 'resends what is to be recorded',
    file: 'core/verdict.ts',
    snippet: "policy.onAmbiguous === 'record'",
    replacement: 'false',
  },
  {
    name: 'retries an accepted message',
    file: 'core/verdict.ts',
    snippet: "return { code: 'accepted.fcm', pauseMs: 0 };",
    replacement: "return again('retry.unexpected', 0, attempt, policy);",
  },
  {
    name: 'takes what was never sent for accepted',
    file: 'core/verdict.ts',
    snippet: "return again('retry.network', 0, attempt, policy);",
    replacement: "return { code: 'accepted.fcm', pauseMs: 0 };",
  },
  {
    name: 'attempts once more than it may',
    file: 'core/verdict.ts',
    snippet: 'attempt.number >= policy.maxAttempts',
    replacement: 'attempt.number > policy.maxAttempts',
  },
  {
    name: 'takes a refusal for consent',
    file: 'core/gate.ts',
    snippet:
      "if (marketing?.granted === false) return { kind: 'suppress', code: 'suppressed.refused' };\n" +
      '  const consentAtMs = givenAtMs(marketing);',
    replacement: 'const consentAtMs = marketing ? Date.parse(marketing.at) : null;',
  },
  {
    name: 'does not say what it resends',
    file: 'stages/retry.ts',
    snippet: 'resent: record.resent + repeated.length,',
    replacement: 'resent: record.resent,',
  },
  {
    name: 'claims again what another retry has claimed',
    file: 'stages/retry.ts',
    snippet: "record.claim === found.claim && record.state === 'retry'",
    replacement: 'true',
  },
  {
    name: 'does not watch over a retry under way',
    file: 'stages/retry.ts',
    snippet: 'dueAtMs: sends ? nowMs + RETRY_ORPHAN_MS : untilMs,',
    replacement: 'dueAtMs: sends ? null : untilMs,',
  },
  {
    name: 'does not look for retries whose task was lost',
    file: 'stages/releaseRetries.ts',
    snippet: 'const looksBack = ending === null && nowMs - retries.lookedAtMs >= RETRY_GRACE_MS;',
    replacement: 'const looksBack = false;',
  },
  {
    name: 'records on the batch and not on its range',
    file: 'stages/settle.ts',
    snippet: "if (range.state === 'open') {",
    replacement: "if (range.state !== 'done') {",
  },
  {
    name: 'changes outcomes that were final',
    file: 'stages/sendBatch.ts',
    snippet: 'withVerdicts(record, unsettled(record, verdicts), clock.now()',
    replacement: 'withVerdicts(record, verdicts, clock.now()',
  },
  {
    name: 'adds a range up without its open batches',
    file: 'stages/lease.ts',
    snippet: 'const open = openPaths.length === 0 ? [] : await documents.getMany(openPaths);',
    replacement: 'const open: any[] = [];',
  },
  {
    name: 'forgets the last members of a range',
    file: 'stages/sendRange.ts',
    snippet: 'if (rest !== null) await this.#begin(rest);',
    replacement: '',
  },
  {
    name: 'never releases a range again',
    file: 'stages/releaseRanges.ts',
    snippet: 'const stale = open.filter((range) => isStale(range.record, campaign, nowMs));',
    replacement: 'const stale: typeof open = [];',
  },
  {
    name: 'folds what it has folded before',
    file: 'stages/turn.ts',
    snippet: '{ folded: range.record.totals, fold: false }',
    replacement: '{ fold: false }',
  },
  {
    name: 'ends while messages wait for a retry',
    file: 'stages/turn.ts',
    snippet: 'const isSettled = isWalked && !awaitsRetries && seen.isFolded && !redriven.isUnderway;',
    replacement: 'const isSettled = isWalked;',
  },
  {
    name: 'revives no campaign that went silent',
    file: 'stages/sweep.ts',
    snippet: 'if (stored === null) continue;',
    replacement: 'continue;',
  },
];
