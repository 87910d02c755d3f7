import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  afterHead,
  openJson,
  openParts,
  openValue,
  sealBytes,
  sealJson,
  sealValue,
} from '../../src/format/stored-value.ts';
import { AppError } from '../../src/errors.ts';
import { storageError } from './storage-error.ts';

const LABEL = 'corpus:v2:segment:ab:items:0';
const PAYLOAD = Uint8Array.from({ length: 40 }, (_, i) => (i * 37) % 256);
const SEALED = sealValue(LABEL, PAYLOAD);

async function* inParts(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function opened(bytes: Uint8Array, size: number, label = LABEL): Promise<Uint8Array> {
  const payload: number[] = [];
  for await (const part of openParts(inParts(bytes, size), label)) payload.push(...part);
  return Uint8Array.from(payload);
}

/** 25,000 calls: an assertion each would take most of the time. */
function isRefused(bytes: Uint8Array): boolean {
  try {
    openValue(bytes, LABEL);
    return false;
  } catch (error) {
    return error instanceof AppError && error.code === 'STORAGE_FAILED';
  }
}

describe('a sealed value', () => {
  it('is a line of text, with zlib’s checksum over label and payload, and the payload', () => {
    const checksum = zlibCrc32(Buffer.concat([Buffer.from(`${LABEL}\n`), PAYLOAD]));
    const header = `alignql/1 00000028 ${checksum.toString(16).padStart(8, '0')} ${LABEL}\n`;
    expect(Buffer.from(SEALED)).toEqual(Buffer.concat([Buffer.from(header), PAYLOAD]));
    expect(sealBytes(LABEL)).toBe(header.length);
  });

  it.each([new Uint8Array(0), PAYLOAD])(
    'opens as it was, at once and in parts: $length bytes',
    async (payload) => {
      const sealed = sealValue(LABEL, payload);
      expect(openValue(sealed, LABEL)).toEqual(payload);
      for (const size of [1, 7, 64, 1000]) expect(await opened(sealed, size)).toEqual(payload);
    },
  );

  it('does not open with any byte changed to any other', () => {
    for (let at = 0; at < SEALED.length; at++) {
      for (let change = 1; change < 256; change++) {
        const damaged = SEALED.slice();
        damaged[at] ^= change;
        if (!isRefused(damaged)) throw new Error(`byte ${at} ^ ${change} went unseen`);
      }
    }
  });

  it('does not open in parts with any byte changed', async () => {
    for (let at = 0; at < SEALED.length; at++) {
      const damaged = SEALED.slice();
      damaged[at] ^= 0x20;
      await expect(opened(damaged, 9), `byte ${at}`).rejects.toThrow(storageError(/^Corrupt stored value/));
    }
  });

  it('does not open cut at any length, or longer', async () => {
    for (let length = 0; length < SEALED.length; length++) {
      const cut = SEALED.subarray(0, length);
      expect(() => openValue(cut, LABEL), `length ${length}`).toThrow(storageError(/^Corrupt stored value/));
      await expect(opened(cut, 9), `length ${length}`).rejects.toThrow(storageError(/^Corrupt stored value/));
    }
    expect(() => openValue(Uint8Array.of(...SEALED, 0), LABEL)).toThrow(
      storageError(/41 bytes, expected 40/),
    );
    await expect(opened(Uint8Array.of(...SEALED, 0), 9)).rejects.toThrow(storageError(/more than 40 bytes/));
  });

  it('does not open as another thing, and says what it is', async () => {
    for (const other of ['corpus:v2:segment:ab:items:1', 'corpus:v2:segment:ac:items:0', `${LABEL}0`, 'c']) {
      const words = storageError(/it says that it is "corpus:v2:segment:ab:items:0"/);
      expect(() => openValue(SEALED, other)).toThrow(words);
      // As much of it as a header of the other label is long.
      await expect(opened(SEALED, 9, other)).rejects.toThrow(storageError(/it says that it is "co/));
    }
  });

  it('shows no more of a foreign label than a line', () => {
    const foreign = sealValue(`a\u001b[31m${'x'.repeat(500)}`, PAYLOAD);
    expect(() => openValue(foreign, 'a')).toThrow(storageError(/^[\u0020-\u007e]{0,250}$/));
  });
});

describe('sealed JSON', () => {
  it('opens as it was', () => {
    const value = { name: 'ü\u{1f98a}', numbers: [1, -0.25], none: null };
    expect(openJson(sealJson('k', value), 'k')).toEqual(value);
  });

  it('is refused when the payload is none', () => {
    const bytes = (text: string): Uint8Array => sealValue('k', Buffer.from(text, 'latin1'));
    for (const text of ['', '{', '\ufeff1', '"\u00ff"']) {
      expect(() => openJson(bytes(text), 'k'), text).toThrow(
        storageError(/^Corrupt stored value k: no JSON/),
      );
    }
  });
});

describe('afterHead', () => {
  it('gives the first bytes once, fewer when there are no more, and hands on the rest', async () => {
    for (const size of [1, 2, 3, 5, 9]) {
      const heads: number[][] = [];
      const rest: number[] = [];
      const parts = inParts(Uint8Array.of(1, 2, 3, 4, 5), size);
      for await (const part of afterHead(parts, 3, (head) => heads.push([...head]))) {
        expect(heads).toEqual([[1, 2, 3]]);
        rest.push(...part);
      }
      expect(rest).toEqual([4, 5]);
    }
    const heads: number[][] = [];
    for await (const part of afterHead(inParts(Uint8Array.of(1), 1), 3, (head) => heads.push([...head]))) {
      throw new Error(`handed on ${part.length} bytes`);
    }
    expect(heads).toEqual([[1]]);
  });
});
