import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

export interface TemporaryFolder {
  /** Of the test that runs. */
  readonly path: () => string;
  /** Write a file under it, with the folders on the way. @returns its path */
  readonly put: (name: string, content: string | Uint8Array) => string;
}

/** An empty folder for every test of the file, removed after it. */
export function temporaryFolder(): TemporaryFolder {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'alignql-test-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  return {
    path: () => folder,
    put: (name, content) => {
      const path = join(folder, name);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
  };
}
