import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import type { Mutant } from './mutants/mutant.ts';

const SOURCE = resolve(import.meta.dirname, '../../functions/src');

/**
 * Changes one file of the pipeline as this thread loads it; the file on disk stays as it is.
 * @throws Error, when the file is loaded, where the snippet is not in it exactly once
 */
export function plant({ file, snippet, replacement, name }: Mutant): void {
  const path = resolve(SOURCE, file);
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      if (!url.startsWith('file:') || fileURLToPath(url) !== path) return loaded;
      const source = Buffer.from((loaded.source ?? '') as Uint8Array).toString();
      if (source.split(snippet).length !== 2) throw new Error(`"${name}" fits ${file} no more: ${snippet}`);
      return { ...loaded, source: source.replace(snippet, () => replacement) };
    },
  });
}
