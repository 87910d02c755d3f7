import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../cli/user-error.ts';
import { explainSystemError } from '../cli/system-error.ts';
import type { HubFile, HubRepository } from './hub-repository.ts';

/** Attempts in a row that bring nothing. */
const VAIN_ATTEMPTS = 3;
const FIRST_WAIT_MS = 200;
/** A connection that is silent for so long is given up and made anew. */
const SILENT_MS = 60_000;
const MAX_UNWRITTEN_BYTES = 2 ** 24;

/**
 * Bring a file of the hub, whole and as the hub knows it. What is there of it already is gone on with; a broken connection too.
 * @param onBytes how many are here, now and then
 * @throws UserError naming the file, when the hub does not give it or it arrives damaged
 */
export async function downloadFile(
  repository: HubRepository,
  file: HubFile,
  target: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const hadSome = (await bytesOf(target)) > 0;
  await bringWhole(repository, file, target, onBytes);
  if (await isGenuine(file, target)) return;
  await rm(target);
  if (!hadSome) throw damaged(file);
  // The beginning was of another version.
  await bringWhole(repository, file, target, onBytes);
  if (await isGenuine(file, target)) return;
  await rm(target);
  throw damaged(file);
}

async function bringWhole(
  repository: HubRepository,
  file: HubFile,
  target: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let vain = 0;
  for (;;) {
    const before = await bytesOf(target);
    if (before > file.bytes) await rm(target);
    if (before === file.bytes && (file.bytes > 0 || (await isThere(target)))) return;
    try {
      await bringMore(repository, file, target, onBytes);
    } catch (error) {
      if (error instanceof UserError || explainSystemError(error) !== null) throw error;
      vain = (await bytesOf(target)) > before ? 0 : vain + 1;
      if (vain === VAIN_ATTEMPTS) throw interrupted(error, file);
      await sleep(FIRST_WAIT_MS * 2 ** vain);
    }
  }
}

/** One request, from where the file ends. Opened before it, so that nothing waits between an arrival and its reading. */
async function bringMore(
  { urlOf, headers }: HubRepository,
  file: HubFile,
  target: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const have = await bytesOf(target);
  const handle = await open(target, 'a');
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(), SILENT_MS);
  try {
    const range = have > 0 ? { range: `bytes=${have}-` } : {};
    const response = await fetch(urlOf(file.path), {
      headers: { ...headers, ...range },
      signal: abort.signal,
    });
    assertGiven(response, file);
    const from = response.status === 206 ? have : 0;
    if (from === 0 && have > 0) await handle.truncate(0);
    await append(response, file, handle, from, (bytes) => {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), SILENT_MS);
      onBytes(bytes);
    });
  } finally {
    clearTimeout(timer);
    await handle.close();
  }
}

/** @throws UserError for what stays so, Error for what may pass */
function assertGiven({ status }: Response, file: HubFile): void {
  if (status === 200 || status === 206) return;
  if (status >= 500 || status === 429) throw new Error(`the hub answered ${status}`);
  throw new UserError(`The hub answered ${status} for ${file.path}`);
}

/** Reads on while it writes: when a connection breaks, what has not been read is lost. */
async function append(
  response: Response,
  file: HubFile,
  handle: FileHandle,
  from: number,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let bytes = from;
  let unwritten = 0;
  let written = Promise.resolve();
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > file.bytes) {
        throw new UserError(`${file.path} is longer than the hub lists: more than ${file.bytes} bytes`);
      }
      unwritten += chunk.length;
      written = written
        .then(() => handle.writeFile(chunk))
        .then(() => {
          unwritten -= chunk.length;
        });
      // Told below; until then a full disk is nobody's surprise.
      written.catch(() => undefined);
      onBytes(bytes);
      if (unwritten > MAX_UNWRITTEN_BYTES) await written;
    }
  } finally {
    await written;
  }
  if (bytes < file.bytes) throw new Error(`it ended after ${bytes} of ${file.bytes} bytes`);
}

async function bytesOf(target: string): Promise<number> {
  const info = await stat(target).catch(() => null);
  return info?.size ?? 0;
}

async function isThere(target: string): Promise<boolean> {
  return (await stat(target).catch(() => null)) !== null;
}

/** Whether the content has the hash that the hub lists. */
async function isGenuine({ sha256, gitSha1, bytes }: HubFile, target: string): Promise<boolean> {
  const hash = sha256 === null ? createHash('sha1').update(`blob ${bytes}\0`) : createHash('sha256');
  await pipeline(createReadStream(target), hash);
  return hash.digest('hex') === (sha256 ?? gitSha1);
}

function damaged({ path: name, sha256, gitSha1 }: HubFile): UserError {
  return new UserError(
    `${name} arrived damaged: its hash is not ${sha256 ?? gitSha1}, which the hub lists. Run this again.`,
  );
}

function interrupted(error: unknown, { path: name }: HubFile): UserError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UserError(`${name} did not arrive: ${reason}. Run this again: what is here is gone on with.`, {
    cause: error,
  });
}
