import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { rssBytes } from '../../machine/processes.mjs';
import { Sampler, type Footprint } from './sampler.ts';

/** How the old server sent: one `send` after the other, or all of them at once. */
export const OLD_WAYS = ['awaited', 'at-once'] as const;
export type OldWay = (typeof OLD_WAYS)[number];

export interface BaselineFigures {
  readonly way: OldWay;
  readonly messages: number;
  readonly accepted: number;
  readonly failed: number;
  readonly seconds: number;
  readonly messagesPerSecond: number;
  readonly footprint: Footprint;
  /** How its process ended, where it did not end well: out of memory, say. */
  readonly died: string | null;
}

/** @param fcm `host:port` of the simulator */
export async function measureOldWay(
  way: OldWay,
  messages: number,
  fcm: string,
  signal: AbortSignal,
): Promise<BaselineFigures> {
  const program = join(import.meta.dirname, 'oldServer.ts');
  const args = [program, '--fcm', fcm, '--messages', String(messages), '--way', way];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], signal });
  const { pid = 0 } = child;
  const sampler = new Sampler(() => [{ name: way, rssBytes: rssBytes(pid) }]);
  const [output, [code, ended]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const footprint = sampler.stop();
  if (code !== 0) {
    const died = `ended with ${code ?? ended}`;
    return { way, messages, accepted: 0, failed: messages, seconds: 0, messagesPerSecond: 0, footprint, died };
  }
  const told = JSON.parse(output) as { accepted: number; failed: number; seconds: number };
  return { way, messages, ...told, messagesPerSecond: told.accepted / told.seconds, footprint, died: null };
}
