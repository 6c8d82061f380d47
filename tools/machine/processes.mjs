import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;
const hasProc = process.platform === 'linux';

function ps(args) {
  try {
    return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 << 20 });
  } catch {
    return '';
  }
}

function procFile(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return undefined;
  }
}

// proc(5): the second field is the command in parentheses and may itself hold spaces and parentheses.
function statFields(pid) {
  const stat = procFile(pid, 'stat');
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

export function startedAt(pid) {
  if (!hasProc) return ps(['-o', 'lstart=', '-p', String(pid)]).trim() || undefined;
  const fields = statFields(pid);
  if (fields === undefined || fields[0] === 'Z') return undefined;
  return fields[19];
}

export function rssBytes(pid) {
  if (!hasProc) {
    const kib = Number(ps(['-o', 'rss=', '-p', String(pid)]).trim());
    return kib > 0 ? kib * 1024 : undefined;
  }
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(procFile(pid, 'status') ?? '')?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

// proc(5): utime and stime are the 14th and 15th field, in ticks, of which Linux reports 100 a second on every machine.
export function cpuMs(pid) {
  const fields = hasProc ? statFields(pid) : undefined;
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) * 10;
}

export function commandOf(pid) {
  if (!hasProc) return ps(['-o', 'command=', '-p', String(pid)]).trim();
  return (procFile(pid, 'cmdline') ?? '').replaceAll('\0', ' ').trim();
}

export function markedProcesses(name, value) {
  const mark = `${name}=${value}`;
  const found = hasProc
    ? readdirSync('/proc')
        .filter((entry) => /^\d+$/.test(entry))
        .map(Number)
        .filter((pid) => procFile(pid, 'environ')?.split('\0').includes(Buffer.from(mark).toString('latin1')))
    : ps(['-axEww', '-o', 'pid=,command='])
        .split('\n')
        .filter((line) => `${line} `.includes(` ${mark} `))
        .map((line) => Number.parseInt(line, 10));
  return found.filter((pid) => pid !== process.pid);
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

export async function endMarkedProcesses(name, value, graceMs) {
  const ended = markedProcesses(name, value);
  for (const pid of ended) signal(pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (Date.now() < deadline && markedProcesses(name, value).length > 0) await sleep(POLL_MS);
  for (let left = markedProcesses(name, value); left.length > 0; left = markedProcesses(name, value)) {
    for (const pid of left) signal(pid, 'SIGKILL');
    await sleep(POLL_MS);
  }
  return ended.length;
}
