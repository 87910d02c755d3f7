import { join } from 'node:path';
import { parquetWriteFile } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { readIdsFile } from '../../scripts/corpus/ids-file.ts';
import { readMetadataFile } from '../../scripts/corpus/metadata-file.ts';
import { isSkipped } from '../../scripts/dataset/pair-source.ts';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';
import { temporaryFolder } from './temporary-folder.ts';

const { path: folderPath, put } = temporaryFolder();

/** Stands in no message of ours, so that each one of a message was in a file. */
const FILLER = 'ж';
const LONG = FILLER.repeat(20_000);
const FOX = '🦊'.repeat(2_000);

/** What a command would tell of the file: its error, or why rows are skipped. */
async function told(read: () => Promise<unknown>): Promise<string[]> {
  try {
    const read_ = await read();
    const rows = (read_ as Awaited<ReturnType<typeof readDataset>>).rows;
    return rows.flatMap((row) => (isSkipped(row) ? [`${row.where}: ${row.reason}`] : []));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return [error.message];
  }
}

function expectShort(messages: readonly string[]): void {
  expect(messages.length).toBeGreaterThan(0);
  for (const message of messages) {
    expect(message.match(/ж/g)?.length ?? 0, message.slice(0, 400)).toBeLessThanOrEqual(200);
    expect(message.length, message.slice(0, 400)).toBeLessThan(2_000);
    expect(message.isWellFormed(), message).toBe(true);
  }
}

describe('a message repeats at most 200 characters of a file', () => {
  it.each([
    { name: 'x.csv', content: `${LONG},${LONG}\na.png,a fox\n` },
    { name: 'x.csv', content: `image,caption,label\na.png,a fox,${LONG}\n` },
    { name: 'x.csv', content: `image,caption\na.png,"a${LONG}" fox\n` },
    { name: 'x.csv', content: `image,caption,${LONG}\na.png,a fox\n` },
    { name: 'x.csv', content: `image,caption,label\na.png,a fox,a${FOX}\n` },
    { name: 'x.csv', content: `image,caption,label\na.png,a fox,${FOX}\n` },
    { name: 'x.jsonl', content: `{"image": "a.png", "caption": ["${LONG}"]}\n` },
    { name: 'x.jsonl', content: `{"${LONG}": "a.png", "${LONG}2": 1}\n` },
    { name: 'x.jsonl', content: `["${LONG}"]\n` },
    { name: 'x.jsonl', content: `{"image": "a.png", ${LONG}\n` },
    { name: 'x.json', content: `{"${LONG}": 1, "${LONG}2": 2}` },
    { name: 'x.json', content: `["${LONG}"]` },
    { name: 'x.json', content: `{"images": ["${LONG}"], "annotations": []}` },
    { name: 'x.json', content: `{"images": [{"file_name": "${LONG}"}], "annotations": []}` },
    {
      name: 'x.json',
      content: `{"images": [{"id": 1, "file_name": "a.png"}], "annotations": [{"image_id": "${LONG}", "caption": "a fox"}]}`,
    },
    {
      name: 'x.json',
      content: `{"images": [{"id": 1, "file_name": "a.png"}], "annotations": [{"image_id": 1, "caption": ["${FOX}"]}]}`,
    },
    { name: 'x.json', content: `{"images": [{"filename": "a.png", "sentences": [{"${LONG}": 1}]}]}` },
    { name: 'x.txt', content: `${LONG}\n` },
    { name: 'x.txt', content: `a.jpg#0\ta fox\n${LONG}\n` },
    { name: 'x.txt', content: `x${FOX}\n` },
  ])('$name: $content', async ({ name, content }) => {
    expectShort(await told(() => readDataset(put(name, content))));
  });

  it('of Parquet', async () => {
    const filename = join(folderPath(), 'x.parquet');
    parquetWriteFile({ filename, columnData: [{ name: LONG, data: ['a.png'], type: 'STRING' }] });
    expectShort(await told(() => readDataset(filename)));
  });

  it('of kinds', async () => {
    const path = put('x.csv', `image,caption,kind,${LONG}\na.png,a fox,${LONG},1\n`);
    expectShort(await told(() => readDataset(path, { kind: 'kind' })));
    expectShort(await told(() => readDataset(path, { kind: 'colour' })));
  });

  it('of ids and metadata', async () => {
    expectShort(
      await told(() =>
        readIdsFile(put('ids.txt', `${LONG.slice(0, 500)}\n${LONG.slice(0, 500)}\n`), '--ids'),
      ),
    );
    expectShort(await told(() => readMetadataFile(put('m.csv', `${LONG},b\n1,2\n`))));
    expectShort(await told(() => readMetadataFile(put('m.jsonl', `{"id": ["${LONG}"]}\n`))));
    const twice = `{"id": "${LONG.slice(0, 500)}"}\n`;
    expectShort(await told(() => readMetadataFile(put('m.jsonl', twice + twice))));
  });
});
