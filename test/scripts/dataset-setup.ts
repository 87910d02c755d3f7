import { basename, resolve } from 'node:path';
import { isSkipped } from '../../scripts/dataset/pair-source.ts';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';

export const DATASETS = resolve(import.meta.dirname, '../fixtures/datasets');

/** Every row of a dataset as one line: picture, caption, where; or where and why it is skipped. */
export async function readLines(path: string): Promise<string[]> {
  const { rows } = await readDataset(path);
  return rows.map((row) =>
    isSkipped(row)
      ? `skipped ${row.where}: ${row.reason}`
      : `${basename(row.image.name)} | ${row.caption} | ${row.where}`,
  );
}
