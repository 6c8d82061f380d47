/** A fault planted in the pipeline's source: the simulation must find it. */
export interface Mutant {
  readonly name: string;
  /** Below `functions/src/`. */
  readonly file: string;
  /** Found exactly once in the file. */
  readonly snippet: string;
  readonly replacement: string;
}

export const MUTANTS: readonly Mutant[] = [
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
  {
    name: 'does not look whether its campaign was stopped',
    file: 'stages/watch.ts',
    snippet: "if (this.duty() !== 'send') this.#stop.abort();",
    replacement: '',
  },
  {
    name: 'posts what was stopped while it waited for a connection',
    file: 'stages/sendBatch.ts',
    snippet: '{ stop: signal, untilMs },',
    replacement: '{ untilMs },',
  },
  {
    name: 'sends for a campaign that was stopped',
    file: 'core/lifecycle.ts',
    snippet: "if (state !== 'running') return 'rest';",
    replacement: '',
  },
  {
    name: 'sends on though the campaign was cancelled',
    file: 'core/lifecycle.ts',
    snippet: "return ending ?? 'send';",
    replacement: "return 'send';",
  },
  {
    name: 'forgets the ranges that a pause interrupted',
    file: 'stages/releaseRanges.ts',
    snippet: 'return lost || (resumedAtMs !== null && range.releasedAtMs <= resumedAtMs);',
    replacement: 'return range.holder !== null;',
  },
  {
    name: 'calls off what FCM may have accepted',
    file: 'core/verdict.ts',
    snippet: 'if (isAmbiguous(code)) return WHEN_EXHAUSTED[code];',
    replacement: '',
  },
  {
    name: 'counts the attempts before a rest',
    file: 'stages/retry.ts',
    snippet: '{ firstAttemptAtMs: nowMs, attemptsBefore: record.attempt }',
    replacement: '{ firstAttemptAtMs: nowMs }',
  },
  {
    name: 'takes a message that was withheld for one that FCM may have accepted',
    file: 'stages/sendBatch.ts',
    snippet: "{ code: 'retry.withheld', pauseMs: 0 }",
    replacement: "{ code: 'retry.timed-out', pauseMs: 0 }",
  },
  {
    name: 'forgets after a later attempt that FCM may have accepted the message',
    file: 'stages/retry.ts',
    snippet: 'code: keepAmbiguity(was, verdict.code)',
    replacement: 'code: verdict.code',
  },
  {
    name: 'tells of a pause twice',
    file: 'core/lifecycle.ts',
    snippet: "pause: { running: 'paused', paused: 'same' },",
    replacement: "pause: { running: 'paused', paused: 'paused' },",
  },
  {
    name: 'redrives what was accepted',
    file: 'core/redrive.ts',
    snippet: "code.startsWith('failed.') ?",
    replacement: "code.startsWith('failed.') || code === 'accepted.fcm' ?",
  },
  {
    name: 'redrives what FCM may have accepted and does not say so',
    file: 'core/redrive.ts',
    snippet: "'unknown.timed-out': 'retry.timed-out',",
    replacement: "'unknown.timed-out': 'retry.redriven',",
  },
  {
    name: 'ends before a redrive has taken everything up',
    file: 'stages/turn.ts',
    snippet: 'seen.isFolded && !redriven.isUnderway;',
    replacement: 'seen.isFolded;',
  },
  {
    name: 'redrives a cancelled campaign',
    file: 'core/lifecycle.ts',
    snippet: "redrive: { completed: 'running' },",
    replacement: "redrive: { completed: 'running', cancelled: 'running' },",
  },
  {
    name: 'sends advertising at night',
    file: 'core/gate.ts',
    snippet: 'if (isNight(rules, timeOfDayMs(zone, nowMs))) {',
    replacement: 'if (false as boolean) {',
  },
  {
    name: 'takes everybody for living in one zone',
    file: 'core/gate.ts',
    snippet: 'const zone = person.timeZone ?? rules.timeZone;',
    replacement: 'const zone = rules.timeZone;',
  },
  {
    name: 'takes the consent by day for one at night',
    file: 'core/gate.ts',
    snippet: 'const nightConsentAtMs = givenAtMs(nightChoice);',
    replacement: 'const nightConsentAtMs = consentAtMs;',
  },
  {
    name: 'posts by night what it let through by day',
    file: 'stages/sendBatch.ts',
    snippet: '{ stop: signal, untilMs },',
    replacement: '{ stop: signal },',
  },
  {
    name: 'ignores when it was to end',
    file: 'core/schedule.ts',
    snippet: 'const untilMs = until === undefined ? Infinity : Date.parse(until);',
    replacement: 'const untilMs = Infinity;',
  },
  {
    name: 'forgets what is held',
    file: 'stages/settle.ts',
    snippet: 'return times.length === 0 ? null : Math.min(...times);',
    replacement: 'return null;',
  },
  {
    name: 'seals an upload and leaves a part out',
    file: 'store/uploads.ts',
    snippet: 'firstPage += record.pageSizes.length;',
    replacement: 'firstPage += 1 - record.pageSizes.length;',
  },
  {
    name: 'takes the addresses of an upload for those of members who consented',
    file: 'core/recipient.ts',
    snippet: 'return { addresses: [{ token, fid }], consent, vars: {} };',
    replacement:
      "return { addresses: [{ token, fid }], consent: { marketing: { granted: true, at: '2026-01-01T00:00:00Z' } }, vars: {} };",
  },
  {
    name: 'keeps the texts of an upload after its end',
    file: 'stages/turn.ts',
    snippet: 'await deleteUpload(documents, id);',
    replacement: '{}',
  },
];
