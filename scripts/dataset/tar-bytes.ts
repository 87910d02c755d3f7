import { createReadStream, openSync, rmSync, mkdtempSync, read as readAt, write as writeAt } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { explainWrite } from '../files/file-access.ts';
import { FileRefusedError, assertRegularFile, openRegularFile } from '../files/regular-file.ts';

const readBytes = promisify(readAt);
const writeBytes = promisify(writeAt);

/** The bytes of a tar as it is when unpacked. */
export interface TarBytes {
  /** All of them, in order. */
  readonly stream: () => Readable;
  /** @throws when the archive ends before */
  readonly read: (offset: number, size: number) => Promise<Uint8Array>;
}

const GZIP_MAGIC = [0x1f, 0x8b];
/** Pictures hardly shrink and headers of tar do: what grows more than this is no archive of pictures. */
const MAX_GROWTH = 64;
const MAX_SMALL_BYTES = 2 ** 30;
const CHUNK_BYTES = 2 ** 20;

/**
 * Open an archive; one that is gzipped, by its first bytes, is unpacked to a file that nobody else sees and that goes with the
 * process: pictures are read by range, and gzip has none.
 * @throws FileRefusedError when it is no regular file or unpacks to far too much, what zlib throws, or UserError when there is no
 *   room to unpack it
 */
export async function openTarBytes(path: string): Promise<TarBytes> {
  const { size } = await assertRegularFile(path);
  if (await isGzip(path)) return unpack(path, Math.max(MAX_SMALL_BYTES, MAX_GROWTH * size));
  return {
    stream: () => createReadStream(path, { highWaterMark: CHUNK_BYTES }),
    read: async (offset, count) => {
      const file = await openRegularFile(path);
      try {
        return await readFrom(file.fd, offset, count);
      } finally {
        await file.close();
      }
    },
  };
}

async function isGzip(path: string): Promise<boolean> {
  const file = await openRegularFile(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(GZIP_MAGIC.length), 0, GZIP_MAGIC.length, 0);
    return bytesRead === GZIP_MAGIC.length && GZIP_MAGIC.every((byte, i) => buffer[i] === byte);
  } finally {
    await file.close();
  }
}

async function unpack(path: string, maxBytes: number): Promise<TarBytes> {
  const fd = openHiddenFile();
  let size = 0;
  await pipeline(createReadStream(path), createGunzip({ chunkSize: CHUNK_BYTES }), async (chunks) => {
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      if (size + chunk.length > maxBytes) {
        throw new FileRefusedError(
          `it unpacks to more than ${maxBytes} bytes, which no archive of pictures does`,
        );
      }
      await explainWrite(`what ${path} unpacks to in ${tmpdir()}`, 'Make room, or set TMPDIR.', () =>
        writeAll(fd, chunk, size),
      );
      size += chunk.length;
    }
  });
  return {
    stream: () =>
      // A range of no bytes is none to Node.
      size === 0
        ? Readable.from([])
        : createReadStream('', { fd, start: 0, end: size - 1, autoClose: false, highWaterMark: CHUNK_BYTES }),
    read: (offset, count) => readFrom(fd, offset, count),
  };
}

/** Without a name once it is open, so that nothing is left of it however the process ends. */
function openHiddenFile(): number {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-tar-'));
  try {
    return openSync(join(folder, 'unpacked.tar'), 'wx+', 0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function writeAll(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await writeBytes(fd, bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function readFrom(fd: number, offset: number, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  const { bytesRead } = await readBytes(fd, bytes, 0, count, offset);
  if (bytesRead !== count) throw new Error(`the tar ends after ${bytesRead} of ${count} bytes`);
  return bytes;
}
