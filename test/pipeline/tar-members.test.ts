import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tarMembers } from '../../src/dataset/tar-members.ts';
import { DATASETS } from '../scripts/dataset-setup.ts';

const BLOCK = 512;
/** Written by Python's tarfile, as img2dataset and webdataset do. */
const WHOLE = readFileSync(join(DATASETS, 'img2dataset/00000.tar'));
const END = lastMemberEnd(WHOLE);

/** Where the zeros begin. */
function lastMemberEnd(bytes: Uint8Array): number {
  const last = bytes.findLastIndex((byte) => byte !== 0);
  return (Math.floor(last / BLOCK) + 1) * BLOCK;
}

/** In chunks of which no block begins where a chunk does. */
async function namesOf(bytes: Uint8Array): Promise<string[]> {
  const chunks = (async function* () {
    for (let start = 0; start < bytes.length; start += 777) yield bytes.subarray(start, start + 777);
  })();
  const names: string[] = [];
  for await (const { name } of tarMembers(chunks, () => false)) names.push(name);
  return names;
}

describe('the end of a tar', () => {
  it('is missing wherever it is cut off, also between members, and that is told', async () => {
    const blocks = Array.from({ length: END / BLOCK }, (_, i) => (i + 1) * BLOCK);
    const outcomes = await Promise.all(
      blocks.map((length) =>
        namesOf(WHOLE.subarray(0, length)).then(
          () => 'taken',
          (error: unknown) => (error instanceof Error ? error.message : ''),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => !/^it is cut off|^Unexpected end of data$/.test(outcome))).toEqual(
      [],
    );
    const between = outcomes.filter((outcome) => outcome.startsWith('it is cut off'));
    // As many as members: a cut after each.
    expect(between.length).toBe((await namesOf(WHOLE)).length);
    await expect(namesOf(new Uint8Array())).rejects.toThrow(/it has no bytes/);
  });

  it.each([
    ['one block of zeros, as some writers make it', WHOLE.subarray(0, END + BLOCK)],
    ['two blocks', WHOLE.subarray(0, END + 2 * BLOCK)],
    ['two blocks and a part of one', WHOLE.subarray(0, END + 2 * BLOCK + 100)],
    ['what follows it, undefined to POSIX', Buffer.concat([WHOLE, Buffer.alloc(700, 'x')])],
  ])('is %s', async (_, bytes) => {
    expect(await namesOf(bytes)).toEqual(await namesOf(WHOLE));
  });

  it('may be followed by another tar, which may be cut off as well', async () => {
    const names = await namesOf(WHOLE);
    expect(await namesOf(Buffer.concat([WHOLE, WHOLE]))).toEqual([...names, ...names]);
    await expect(namesOf(Buffer.concat([WHOLE, WHOLE.subarray(0, END)]))).rejects.toThrow(/it is cut off/);
  });

  it('is all that an empty one has, as webdataset makes them', async () => {
    expect(await namesOf(new Uint8Array(20 * BLOCK))).toEqual([]);
  });
});
