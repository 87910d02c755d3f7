import path from 'node:path';
import { MODELS_FOLDER } from '../clip/model-folder.ts';
import { parseTable } from '../dataset/parse-rows.ts';
import { readText } from '../files/file-access.ts';

export interface CaptionedPicture {
  readonly file: string;
  readonly caption: string;
}

/** The sample set of this project: drawings and photographs. @throws UserError when it is damaged */
export async function readSamplePictures(): Promise<CaptionedPicture[]> {
  const folder = path.join(MODELS_FOLDER, 'sample');
  const table = path.join(folder, 'captions.csv');
  const rows = parseTable(await readText(table), table, [['image'], ['caption']]);
  return rows.map(({ cells }) => ({
    file: path.join(folder, String(cells.image)),
    caption: String(cells.caption),
  }));
}
