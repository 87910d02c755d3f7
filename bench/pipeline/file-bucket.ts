import { existsSync, mkdirSync, openSync, readSync, closeSync, fstatSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { R2Bucket } from '@cloudflare/workers-types';

interface Range {
  readonly offset: number;
  readonly length: number;
}

/**
 * What tasks of the pipeline ask of a bucket, in files: a bucket in memory would be counted with the task.
 * @param onCall before a read, and before a write with what it writes still there
 */
export function fileBucket(folder: string, onCall: () => void): R2Bucket {
  const pathOf = (key: string): string => join(folder, key);
  const read = (key: string, range?: Range): ArrayBuffer => {
    const file = openSync(pathOf(key), 'r');
    try {
      const { size } = fstatSync(file);
      const offset = range?.offset ?? 0;
      const bytes = new Uint8Array(Math.min(range?.length ?? size, size - offset));
      readSync(file, bytes, 0, bytes.length, offset);
      return bytes.buffer;
    } finally {
      closeSync(file);
    }
  };
  const bucket = {
    get: (key: string, { range }: { readonly range?: Range } = {}) => {
      onCall();
      if (!existsSync(pathOf(key))) return Promise.resolve(null);
      return Promise.resolve({
        arrayBuffer: () => Promise.resolve(read(key, range)),
        json: () => Promise.resolve(JSON.parse(new TextDecoder().decode(read(key)))),
      });
    },
    head: (key: string) => Promise.resolve(existsSync(pathOf(key)) ? { key } : null),
    put: (key: string, value: string | ArrayBuffer | ArrayBufferView) => {
      onCall();
      mkdirSync(dirname(pathOf(key)), { recursive: true });
      writeFileSync(
        pathOf(key),
        ArrayBuffer.isView(value)
          ? bytesOf(value)
          : typeof value === 'string'
            ? value
            : new Uint8Array(value),
      );
      return Promise.resolve({ key });
    },
    delete: () => Promise.resolve(),
  };
  return bucket as unknown as R2Bucket;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
