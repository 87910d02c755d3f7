import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/** Serve the licences of what others wrote as `/third-party-notices.txt`: who passes the page on passes them on too. */
export function notices(file: string): Plugin {
  return {
    name: 'notices',
    buildStart() {
      this.addWatchFile(file);
      const source = readFileSync(file, 'utf8');
      this.emitFile({ type: 'asset', fileName: 'third-party-notices.txt', source });
    },
  };
}
