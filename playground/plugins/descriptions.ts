import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Plugin } from 'vite';

/** Put what describes the API beside the page, whence the Worker serves it: these files cost its cold start nothing. */
export function descriptions(files: readonly string[]): Plugin {
  return {
    name: 'descriptions',
    buildStart() {
      for (const file of files) {
        this.addWatchFile(file);
        this.emitFile({ type: 'asset', fileName: basename(file), source: readFileSync(file, 'utf8') });
      }
    },
  };
}
