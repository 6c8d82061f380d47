import type { Mutant } from './mutant.ts';

/** In what operators, the law and uploads ask for. */
export const CONTROL: readonly Mutant[] = [
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
