import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Texts } from '../personal/expectation.ts';

/** What the devices of the FCM simulator show, held against what they have to. */
export interface ShownTexts {
  readonly expected: number;
  /** Addresses that show their own title and body, once, and nothing else. */
  readonly right: number;
  /** Addresses that show something, and not that. */
  readonly wrong: number;
}

interface Device {
  readonly address: string;
  readonly tray: readonly { readonly content?: Texts }[];
}

/** Reads every device's tray; the simulator has to keep content for it (`--keep content`). */
export async function compareTrays(
  control: string,
  expected: ReadonlyMap<string, Texts>,
  signal: AbortSignal,
): Promise<ShownTexts> {
  const response = await fetch(`http://${control}/devices`, { signal });
  if (!response.ok || response.body === null) throw new Error(`the FCM simulator at ${control} lists no devices`);
  let right = 0;
  let wrong = 0;
  const lines = createInterface({ input: Readable.fromWeb(response.body), crlfDelay: Infinity });
  for await (const line of lines) {
    const { address, tray } = JSON.parse(line) as Device;
    if (tray.length === 0) continue;
    if (showsJust(tray, expected.get(address))) right += 1;
    else wrong += 1;
  }
  return { expected: expected.size, right, wrong };
}

function showsJust(tray: Device['tray'], texts: Texts | undefined): boolean {
  const shown = tray[0]?.content;
  return (
    tray.length === 1 &&
    shown !== undefined &&
    texts !== undefined &&
    shown.title === texts.title &&
    shown.body === texts.body
  );
}
