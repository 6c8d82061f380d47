import { setTimeout as delay } from 'node:timers/promises';
import type { Push } from '../../../functions/src/contract/push.ts';
import { demoCampaign } from '../../demo/content.ts';
import { memberAt, plainMembers } from '../../members/member.ts';
import type { LoadResult, LoadSpec } from './spec.ts';
import { openWay } from './ways.ts';

/*
 * Sends for a while in one way and prints what it saw as one line of JSON. A process of its own for each run: what one
 * way left in memory or compiled is then no other's gain or loss.
 */

const BATCH = 500;
/** Distinct messages, sent again and again. */
const MESSAGES = 5_000;
const SEED = 11;

/** What a campaign to the sample members sends to as many of them. */
function pushes(slowShare: number): Push[] {
  const { message } = demoCampaign('bench', 'transactional', MESSAGES);
  const { title = '', body = '', data = {} } = message;
  return Array.from({ length: MESSAGES }, (_, index) => {
    const member = memberAt(SEED, index, plainMembers());
    const { token, fid = '' } = member?.addresses[0] ?? {};
    const isSlow = slowShare > 0 && index % Math.round(1 / slowShare) === 0;
    return {
      address: isSlow ? { token: `hang-8000:${token ?? fid}` } : token === undefined ? { fid } : { token },
      title: title.replace('{{name|고객}}', member?.vars?.['name'] ?? '고객'),
      body,
      data,
      tag: `bench-${String(index).padStart(16, '0')}`,
      android: { priority: 'high', ttlSeconds: 604_800, channelId: 'notice' },
      apns: {},
      webpush: {},
    };
  });
}

/** Counts answers and their latencies once the warm-up is over, until enough is seen. */
class Account {
  readonly #spec: LoadSpec;
  readonly #latencies: number[] = [];
  #phase: 'warming up' | 'measuring' | 'over' = 'warming up';
  #sinceMs = performance.now();
  #answers = 0;
  #failures = 0;
  #cpu = process.cpuUsage();
  readonly #seen: (result: LoadResult) => void;

  constructor(spec: LoadSpec, seen: (result: LoadResult) => void) {
    this.#spec = spec;
    this.#seen = seen;
  }

  add(sentAtMs: number, accepted: boolean): void {
    if (this.#phase === 'over') return;
    const nowMs = performance.now();
    this.#answers += 1;
    if (this.#phase === 'measuring') this.#latencies.push(nowMs - sentAtMs);
    if (this.#phase === 'measuring' && !accepted) this.#failures += 1;
    const { ms, answers } = this.#phase === 'measuring' ? this.#spec.measure : this.#spec.warmUp;
    if (nowMs - this.#sinceMs < ms || this.#answers < answers) return;
    if (this.#phase === 'measuring') this.#finish(nowMs);
    else this.#begin(nowMs);
  }

  #begin(nowMs: number): void {
    this.#phase = 'measuring';
    this.#sinceMs = nowMs;
    this.#answers = 0;
    this.#cpu = process.cpuUsage();
  }

  #finish(nowMs: number): void {
    this.#phase = 'over';
    const { user, system } = process.cpuUsage(this.#cpu);
    const sorted = Float64Array.from(this.#latencies).sort();
    const at = (share: number): number => Math.round(sorted[Math.floor(share * sorted.length)] ?? 0);
    this.#seen({
      answers: this.#answers,
      elapsedMs: Math.round(nowMs - this.#sinceMs),
      cpuMs: (user + system) / 1_000,
      failures: this.#failures,
      latencyMs: { p50: at(0.5), p99: at(0.99), p999: at(0.999) },
    });
  }
}

async function main(spec: LoadSpec): Promise<void> {
  const offer = openWay(spec);
  const messages = pushes(spec.slowShare);
  const account = new Account(spec, (result) => {
    process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
  });
  let nextAt = performance.now();
  for (let at = 0; ; at = (at + BATCH) % MESSAGES) {
    if (spec.perSecond !== null) {
      await delay(Math.max(0, nextAt - performance.now()));
      // What could not be offered in time is not made up for: the rate is never above the one that was set.
      nextAt = Math.max(nextAt, performance.now()) + (BATCH * 1_000) / spec.perSecond;
    }
    const batch = messages.slice(at, at + BATCH);
    let sentAtMs = performance.now();
    const { done } = await offer(batch, (_, { kind }) => account.add(sentAtMs, kind === 'accepted'));
    done.catch(fail);
    // Not before there was room: the wait for it is no latency of a message.
    sentAtMs = performance.now();
  }
}

function fail(error: unknown): void {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}

process.stdin.on('close', () => process.exit(1)).resume();
main(JSON.parse(process.argv[2] ?? '{}') as LoadSpec).catch(fail);
