import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import type { EncoderLimit } from '../src/state/encoder-limit.ts';

const MODULE_ID = 'virtual:embedded-encoder';
const RESOLVED_ID = `\0${MODULE_ID}`;

/**
 * What the page says of the encoder that the project comes with, as the module `virtual:embedded-encoder`: its id, and what it
 * cannot do, from the files that stand beside its weights. Without limits.json the page says nothing of limits, with a warning.
 * @param folder holds encoder.json and limits.json
 */
export function embeddedEncoder({ folder }: { readonly folder: string }): Plugin {
  const limitsFile = join(folder, 'limits.json');
  const encoderFile = join(folder, 'encoder.json');
  return {
    name: 'embedded-encoder',
    resolveId: (id) => (id === MODULE_ID ? RESOLVED_ID : null),
    load(id) {
      if (id !== RESOLVED_ID) return null;
      const encoder = JSON.parse(readFileSync(encoderFile, 'utf8')) as { readonly id: string };
      this.addWatchFile(encoderFile);
      return `export const encoderId = ${JSON.stringify(encoder.id)}, encoderLimits = ${JSON.stringify(limits(this))};`;
    },
  };

  function limits(context: {
    readonly warn: (message: string) => void;
    readonly addWatchFile: (path: string) => void;
  }): EncoderLimit[] {
    if (!existsSync(limitsFile)) {
      context.warn(`${limitsFile} is missing: the page does not say what the encoder cannot do.`);
      return [];
    }
    context.addWatchFile(limitsFile);
    return JSON.parse(readFileSync(limitsFile, 'utf8')) as EncoderLimit[];
  }
}
