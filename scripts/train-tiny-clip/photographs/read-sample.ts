import { join } from 'node:path';
import { UserError } from '../../cli/user-error.ts';
import { parseTable } from '../../dataset/parse-rows.ts';
import { readText } from '../../files/file-access.ts';

/** A picture of models/sample. */
export interface SamplePicture {
  readonly path: string;
  readonly caption: string;
  /** Its caption without an article, as a drawing is named: `fox`. */
  readonly name: string;
}

export interface Sample {
  readonly drawings: readonly SamplePicture[];
  readonly photographs: readonly SamplePicture[];
}

/**
 * The sample dataset, by kind.
 * @throws UserError when captions.csv lacks a column, or has another kind
 */
export async function readSample(folder: string): Promise<Sample> {
  const path = join(folder, 'captions.csv');
  const rows = parseTable(await readText(path), path, [['image'], ['caption'], ['kind']]);
  const drawings: SamplePicture[] = [];
  const photographs: SamplePicture[] = [];
  for (const { line, cells } of rows) {
    const { image, caption, kind } = cells;
    if (typeof image !== 'string' || typeof caption !== 'string') {
      throw new UserError(`${path} line ${line}: expected the columns image, caption and kind.`);
    }
    if (kind !== 'drawing' && kind !== 'photograph') {
      throw new UserError(`${path} line ${line}: kind is ${String(kind)}, expected drawing or photograph.`);
    }
    const picture = { path: join(folder, image), caption, name: withoutArticle(caption) };
    (kind === 'drawing' ? drawings : photographs).push(picture);
  }
  return { drawings, photographs };
}

function withoutArticle(caption: string): string {
  return caption.replace(/^(an?|the|some) /i, '');
}
