import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../cli/user-error.ts';
import { forEachRow, MalformedRowError } from '../../dataset/delimited-text.ts';
import { parseTable, type Row } from '../../dataset/parse-rows.ts';
import { readText } from '../../files/file-access.ts';

export type Split = 'train' | 'val' | 'test';

/** A row of photos.csv. */
export interface Photograph {
  readonly path: string;
  readonly concept: string;
  /** One to three. */
  readonly captions: readonly string[];
  readonly source: string;
  readonly split: Split;
}

const SPLITS: readonly string[] = ['train', 'val', 'test'] satisfies Split[];
const COLUMNS = ['file', 'concept', 'captions', 'source', 'split'] as const;

/**
 * The rows of DIR/photos.csv, columns file, concept, captions (separated by |), source, split and any others.
 * @throws UserError for the first row that is not sound: a missing cell or file, an unknown split, a file named twice
 */
export async function readPhotographs(folder: string): Promise<Photograph[]> {
  const path = join(folder, 'photos.csv');
  const rows = parseTable(
    await readText(path),
    path,
    COLUMNS.map((name) => [name]),
  );
  if (rows.length === 0) throw new UserError(`${path} has no rows, expected one a photograph.`);
  const missing = COLUMNS.filter((name) => !(name in rows[0].cells));
  if (missing.length > 0) {
    throw new UserError(
      `${path}: no column ${missing.join(', ')}; found ${Object.keys(rows[0].cells).join(', ')}.`,
    );
  }
  const lines = new Map<string, number>();
  return rows.map((row) => {
    const photograph = toPhotograph(row, folder, `${path} line ${row.line}`);
    const earlier = lines.get(photograph.path);
    if (earlier !== undefined) {
      throw new UserError(`${path} line ${row.line}: ${photograph.path} stands on line ${earlier} already.`);
    }
    lines.set(photograph.path, row.line);
    return photograph;
  });
}

function toPhotograph({ cells }: Row, folder: string, at: string): Photograph {
  const [file, concept, list, source, split] = COLUMNS.map((name) => String(cells[name] ?? '').trim());
  if (file === '') throw new UserError(`${at}: no file, expected the path of a picture below ${folder}.`);
  if (concept === '') throw new UserError(`${at}: ${file} has no concept.`);
  const captions = list
    .split('|')
    .map((caption) => caption.trim())
    .filter((caption) => caption !== '');
  if (captions.length === 0) throw new UserError(`${at}: ${file} has no caption.`);
  if (!isSplit(split)) {
    throw new UserError(`${at}: ${file} is of split "${split}", expected ${SPLITS.join(', ')}.`);
  }
  const path = join(folder, file);
  if (!existsSync(path)) throw new UserError(`${at}: ${path} is missing.`);
  return { path, concept, captions, source, split };
}

function isSplit(text: string): text is Split {
  return SPLITS.includes(text);
}

export interface LabelledPhotograph {
  readonly path: string;
  readonly label: string;
}

/**
 * The rows of DIR/labels.csv: file below DIR/images, label; no header.
 * @throws UserError for the first row that is not sound
 */
export async function readLabelledPhotographs(folder: string): Promise<LabelledPhotograph[]> {
  const path = join(folder, 'labels.csv');
  const text = await readText(path);
  const photographs: LabelledPhotograph[] = [];
  try {
    forEachRow(text, { delimiter: ',', quote: '"' }, (cells, line) => {
      const [file = '', label = ''] = cells.map((cell) => cell.trim());
      if (cells.length !== 2 || file === '' || label === '') {
        throw new UserError(`${path} line ${line}: expected a file and a label, got ${cells.join(', ')}.`);
      }
      const picture = join(folder, 'images', file);
      if (!existsSync(picture)) throw new UserError(`${path} line ${line}: ${picture} is missing.`);
      photographs.push({ path: picture, label });
    });
  } catch (cause) {
    if (!(cause instanceof MalformedRowError)) throw cause;
    throw new UserError(`${path}: ${cause.message}.`, { cause });
  }
  if (photographs.length === 0) throw new UserError(`${path} has no rows, expected one a photograph.`);
  return photographs;
}
