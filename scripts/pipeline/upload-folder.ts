import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { R2Bucket, R2UploadedPart } from '@cloudflare/workers-types';
import { explainSystemError } from '../cli/system-error.ts';
import { UserError } from '../cli/user-error.ts';
import { walkFolder } from '../files/walk-folder.ts';
import type { StartProgress } from '../cli/progress.ts';

/** A file of up to so many bytes is put in one piece, a larger one in pieces of as many: Node reads no file of 2 GiB at once. */
const PIECE_BYTES = 64 * 1024 * 1024;
/** Another process that uses the same state folder may hold the bucket's database: a write is then refused at once. */
const TRIES = 6;
const PAUSE_MS = 250;

interface UploadLimits {
  readonly pieceBytes: number;
  /** After the first refusal; twice as long after each other. */
  readonly pauseMs: number;
}

/** Puts the files of a folder under a prefix of the local bucket, those that are not there with the same bytes. @returns how many */
export async function uploadFolder(
  bucket: R2Bucket,
  folder: string,
  prefix: string,
  startProgress: StartProgress,
  { pieceBytes, pauseMs }: UploadLimits = { pieceBytes: PIECE_BYTES, pauseMs: PAUSE_MS },
): Promise<number> {
  const { files } = await walkFolder(folder, (name) => name.startsWith('.'));
  const broken = files.find(({ problem }) => problem !== null);
  if (broken !== undefined) throw new UserError(`${broken.path}: ${broken.problem}`);
  if (files.length === 0) throw new UserError(`${folder} holds no file to bring to the bucket`);
  const progress = startProgress('files', files.length);
  let written = 0;
  try {
    for (const { path } of files) {
      const key = prefix + relative(folder, path).split(sep).join('/');
      const md5 = await md5Of(path);
      const isWritten = await insisting(path, pauseMs, async () => {
        const object = await bucket.head(key);
        // R2's etag is the MD5 of what was put in one piece.
        if (object?.etag === md5 || object?.customMetadata?.md5 === md5) return false;
        await putFile(bucket, key, path, md5, pieceBytes);
        return true;
      });
      if (isWritten) written++;
      progress.add(1);
    }
  } finally {
    progress.stop();
  }
  return written;
}

/** @throws UserError when it is refused each time */
async function insisting<T>(path: string, pauseMs: number, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof UserError || explainSystemError(cause) !== null) throw cause;
      if (attempt === TRIES) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new UserError(
          `the local bucket does not take ${path} (${reason}). Where another command uses the same state folder, start this one again once that has ended`,
          { cause },
        );
      }
      await sleep(pauseMs * 2 ** (attempt - 1));
    }
  }
}

/** Hex. */
async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

async function putFile(
  bucket: R2Bucket,
  key: string,
  path: string,
  md5: string,
  pieceBytes: number,
): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const piece = async (start: number): Promise<Uint8Array> => {
      const bytes = new Uint8Array(Math.min(pieceBytes, size - start));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      if (bytesRead === bytes.length) return bytes;
      throw new UserError(`${path} has become shorter while it was read`);
    };
    if (size <= pieceBytes) {
      await bucket.put(key, await piece(0), { customMetadata: { md5 } });
      return;
    }
    const upload = await bucket.createMultipartUpload(key, { customMetadata: { md5 } });
    const parts: R2UploadedPart[] = [];
    for (let start = 0; start < size; start += pieceBytes) {
      parts.push(await upload.uploadPart(parts.length + 1, await piece(start)));
    }
    await upload.complete(parts);
  } finally {
    await file.close();
  }
}
