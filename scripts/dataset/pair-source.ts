import type { ImageSource, Label, Skipped } from '../../src/dataset/pair.ts';

export type { ImageSource, Label, Skipped };

/** One row of a dataset before anything is opened. `where` names it in messages: "captions.csv line 7". */
export interface PairSource {
  readonly image: ImageSource;
  /** As the dataset writes it, for joining: a path of its own, not of this machine. */
  readonly imageName: string;
  readonly caption: string;
  readonly where: string;
  /** Absent where the dataset has no label column: a match. */
  readonly label?: Label;
  /** Drawing, photograph, a language: absent where no column of kinds was named. */
  readonly kind?: string;
  /** The other columns of a table, as written; absent where there are none. */
  readonly columns?: Readonly<Record<string, unknown>>;
}

/** A row that no pair could be made of, with as much of the pair as it had. */
interface SkippedRow extends Skipped {
  readonly image?: string;
  readonly caption?: string;
}

/** Columns of a table that the user named: pictures and captions in place of the known names, and kinds. */
export interface NamedColumns {
  readonly image?: string;
  readonly caption?: string;
  readonly kind?: string;
}

export type DatasetRow = PairSource | SkippedRow;

export interface DatasetListing {
  /** Every row in order; `pairs` and `skipped` are its two kinds. */
  readonly rows: readonly DatasetRow[];
  readonly pairs: readonly PairSource[];
  readonly skipped: readonly SkippedRow[];
  /** Pairs that repeat picture, caption and label of an earlier row. */
  readonly duplicates: number;
  /** What the reader chose among several readings, for a person. */
  readonly notes: readonly string[];
}

export function isSkipped(row: DatasetRow): row is SkippedRow {
  return 'reason' in row;
}

/** @param rows in the order of the dataset */
export function createListing(rows: readonly DatasetRow[], notes: readonly string[] = []): DatasetListing {
  const pairs = rows.filter((row): row is PairSource => !isSkipped(row));
  return { rows, pairs, skipped: rows.filter(isSkipped), duplicates: countDuplicates(pairs), notes };
}

function countDuplicates(pairs: readonly PairSource[]): number {
  const seen = new Map<string, Set<string>>();
  let count = 0;
  for (const { image, caption, label = 1 } of pairs) {
    const captions = seen.get(image.name) ?? new Set();
    const key = `${label}${caption}`;
    if (captions.has(key)) count++;
    seen.set(image.name, captions.add(key));
  }
  return count;
}

/** Said in --help and in errors, so that both always name the same forms. docs/datasets.md shows each. */
export const DATASET_FORMS = `  FILE.csv, .tsv  a header line with the columns image and caption, perhaps label; other columns are ignored
  FILE.jsonl      or .ndjson, one object a line: {"image": "a.jpg", "caption": "a red kite"}; other keys are ignored
  FILE.parquet    the same columns; image may hold the pictures themselves, as bytes or as {bytes, path} of Hugging Face
  FILE.json       COCO captions: {"images": [{id, file_name}], "annotations": [{image_id, caption}]}, or Karpathy's splits:
                  {"images": [{filename, filepath, split, sentences: [{raw}]}]}
  FILE.txt        Flickr8k: a.jpg#0<TAB>caption, or a header line image,caption; results.csv of Flickr30k likewise
  FILE.tar        or .tar.gz, .tgz, of img2dataset or webdataset: KEY.jpg with KEY.txt or KEY.json
  FOLDER          holding captions.csv, .tsv, .jsonl, .ndjson or .parquet, or metadata likewise (the first found is read), or
  FOLDER          of one of the forms above: tar shards; parts of a Parquet table, also in data/;
                  annotations/captions_*.json; Flickr8k.token.txt, captions.txt, results.csv; or
  FOLDER          of pictures, each with its captions beside it, one a line: kite.jpg and kite.txt
  FOLDER          of clip-retrieval: img_emb/img_emb_N.npy, text_emb/text_emb_N.npy, metadata/metadata_N.parquet; with
                  --encoder-id
Picture paths are relative to the file that names them. image_path, file_name, filepath and url are taken for image,
text and title for caption, in any case.
label: 1, true or match; 0, false or mismatch (the caption does not belong to the picture).
Other columns may say which kind a pair is of: drawing or photograph, a language (precompute --kind-column).`;
