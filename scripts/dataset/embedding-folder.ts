import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../cli/user-error.ts';
import { type EmbeddingMatrix, openEmbeddingMatrix } from './embedding-matrix.ts';
import { type EmbeddingShard, pairByRow } from './embedding-shard.ts';
import { namesIn } from '../files/file-access.ts';
import type { Label } from './pair-source.ts';
import { readKind } from './kinds.ts';
import { readParquetRows, requireKindColumn } from './parquet-rows.ts';
import {
  CAPTION_COLUMNS,
  IMAGE_COLUMNS,
  LABEL_COLUMN,
  readLabel,
  readTextCell,
  tableColumn,
} from './table-cells.ts';

/** What a folder of clip-retrieval's `inference` holds. */
export interface EmbeddingFolder {
  readonly path: string;
  readonly dim: number;
  /** By shard number. */
  readonly shards: readonly EmbeddingShard[];
  /** How rows were paired, where a person should know. */
  readonly notes: readonly string[];
}

interface Metadata {
  readonly path: string;
  readonly rows: readonly {
    readonly image: string | null;
    readonly caption: string | null;
    readonly label: Label;
    readonly kind?: string;
  }[];
}

const LAYOUT = 'img_emb/img_emb_N.npy, text_emb/text_emb_N.npy and metadata/metadata_N.parquet';

/** Whether the path is laid out as clip-retrieval writes it. */
export function isEmbeddingFolder(path: string): boolean {
  return existsSync(join(path, 'img_emb')) || existsSync(join(path, 'text_emb'));
}

/**
 * Open the shards of a folder. Within one shard, metadata says which image and which text a pair is of: by row where there
 * are as many; otherwise one image row for each distinct image_path and one text row for each distinct caption, in order of
 * first appearance. Without metadata rows pair up, and a note says so.
 * @param kindColumn of the metadata, where the kind of each pair is told
 * @throws UserError naming the shard, the files and their counts when they do not fit, and for kinds that are missing or too many
 */
export async function openEmbeddingFolder(path: string, kindColumn?: string): Promise<EmbeddingFolder> {
  const files = await listShards(path);
  const shards: EmbeddingShard[] = [];
  const notes = new Set<string>();
  for (const { image, text, metadata } of files) {
    const images = await openEmbeddingMatrix(image, 'the shard');
    const texts = await openEmbeddingMatrix(text, 'the shard');
    if (metadata === null && kindColumn !== undefined) {
      throw new UserError(`--kind-column ${kindColumn}: ${path} has no metadata. Expected ${LAYOUT}.`);
    }
    shards.push(
      await pairShard(
        images,
        texts,
        metadata === null ? null : await readMetadata(metadata, kindColumn),
        notes,
      ),
    );
  }
  const { dim } = shards[0].images;
  const other = shards.find(({ images, texts }) => images.dim !== dim || texts.dim !== dim);
  if (other !== undefined) {
    throw new UserError(
      `${path}: expected embeddings of one length, got ${dim} in ${shards[0].images.path}, ${other.images.dim} in ` +
        `${other.images.path} and ${other.texts.dim} in ${other.texts.path}.`,
    );
  }
  return { path, dim, shards, notes: [...notes] };
}

async function listShards(
  path: string,
): Promise<{ readonly image: string; readonly text: string; readonly metadata: string | null }[]> {
  const images = await numberedFiles(join(path, 'img_emb'), /^img_emb_(\d+)\.npy$/);
  const texts = await numberedFiles(join(path, 'text_emb'), /^text_emb_(\d+)\.npy$/);
  const metadata = await numberedFiles(join(path, 'metadata'), /^metadata_(\d+)\.parquet$/);
  const numbers = [...new Set([...images.keys(), ...texts.keys()])].sort((a, b) => a - b);
  if (numbers.length === 0) throw new UserError(`${path} holds no embeddings: expected ${LAYOUT}.`);
  return numbers.map((number) => {
    const image = images.get(number);
    const text = texts.get(number);
    if (image === undefined || text === undefined) {
      const [missing, found] = image === undefined ? ['img_emb', text] : ['text_emb', image];
      throw new UserError(
        `${path}: shard ${number} has ${found} but no ${missing}/${missing}_${number}.npy. Expected both: ${LAYOUT}.`,
      );
    }
    if (metadata.size > 0 && !metadata.has(number)) {
      throw new UserError(
        `${path}: shard ${number} has no metadata/metadata_${number}.parquet while others have. Expected ${LAYOUT}.`,
      );
    }
    return { image, text, metadata: metadata.get(number) ?? null };
  });
}

/** Paths by shard number: clip-retrieval pads the number with zeros once there are many. */
async function numberedFiles(folder: string, pattern: RegExp): Promise<Map<number, string>> {
  const names = await namesIn(folder);
  return new Map(
    names.flatMap((name): [number, string][] => {
      const match = pattern.exec(name);
      return match === null ? [] : [[Number(match[1]), join(folder, name)]];
    }),
  );
}

async function pairShard(
  images: EmbeddingMatrix,
  texts: EmbeddingMatrix,
  metadata: Metadata | null,
  notes: Set<string>,
): Promise<EmbeddingShard> {
  if (metadata === null) {
    if (images.count !== texts.count) throw countMismatch(images, texts, null);
    notes.add('there is no metadata to join on: row i of each img_emb is paired with row i of its text_emb');
    return pairByRow(images, texts);
  }
  const { path, rows } = metadata;
  const imageRows = joinOn(images.count, rows, ({ image }) => image);
  const textRows = joinOn(texts.count, rows, ({ caption }) => caption);
  if (imageRows === null || textRows === null) throw countMismatch(images, texts, metadata);
  if (images.count !== rows.length) {
    notes.add('image embeddings are joined on image_path: one row for each distinct path of the metadata');
  }
  if (texts.count !== rows.length) {
    notes.add('text embeddings are joined on caption: one row for each distinct caption of the metadata');
  }
  const name = basename(path);
  return {
    images,
    texts,
    files: [images.path, texts.path, path],
    count: rows.length,
    rowAt: (index) => ({
      ...rows[index],
      imageRow: imageRows[index],
      textRow: textRows[index],
      where: `${name} row ${index + 1}`,
    }),
  };
}

/** The embedding of every row of the metadata: its own, or that of its key; null when the counts allow neither. */
function joinOn<T>(
  embeddingCount: number,
  rows: readonly T[],
  keyOf: (row: T) => string | null,
): Uint32Array | null {
  if (embeddingCount === rows.length) return Uint32Array.from(rows, (_, index) => index);
  const numbers = new Map<string, number>();
  const joined = new Uint32Array(rows.length);
  for (const [index, row] of rows.entries()) {
    const key = keyOf(row);
    if (key === null) return null;
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    joined[index] = number;
  }
  return numbers.size === embeddingCount ? joined : null;
}

async function readMetadata(path: string, kindColumn?: string): Promise<Metadata> {
  const image = tableColumn([...IMAGE_COLUMNS.names, 'key']);
  const known = [image, CAPTION_COLUMNS, LABEL_COLUMN].flatMap(({ names }) => names);
  if (kindColumn !== undefined) await requireKindColumn(path, kindColumn);
  const columns = kindColumn === undefined ? known : [...known, kindColumn];
  const rows = (await readParquetRows(path, columns)).map((row) => {
    const at = `${path} row ${row.line}`;
    return {
      image: readTextCell(row, image, at),
      caption: readTextCell(row, CAPTION_COLUMNS, at),
      label: readLabel(row, at) ?? 1,
      ...(kindColumn === undefined ? {} : { kind: readKind(row.cells, kindColumn, at) }),
    };
  });
  return { path, rows };
}

function countMismatch(
  images: EmbeddingMatrix,
  texts: EmbeddingMatrix,
  metadata: Metadata | null,
): UserError {
  const counts = `${images.count} rows in ${images.path}, ${texts.count} in ${texts.path}`;
  if (metadata === null) {
    return new UserError(
      `the shard does not pair up: ${counts}, and there is no metadata to join them on. Expected as many rows, or ${LAYOUT}.`,
    );
  }
  const { path, rows } = metadata;
  const distinct = (values: readonly (string | null)[]): number => new Set(values).size;
  return new UserError(
    `the shard does not pair up: ${counts}, ${rows.length} in ${path} (` +
      `${distinct(rows.map(({ image }) => image))} distinct image paths, ${distinct(rows.map(({ caption }) => caption))} distinct captions). ` +
      'Expected as many embeddings as metadata rows, or one for each distinct path or caption.',
  );
}
