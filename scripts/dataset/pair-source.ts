/** One row of a dataset before anything is opened. `where` names it in messages: "captions.csv line 7". */
export interface PairSource {
  readonly imagePath: string;
  readonly caption: string;
  readonly where: string;
}

/** A row or picture left out, with the reason a person can act on. */
export interface Skipped {
  readonly where: string;
  readonly reason: string;
}

export interface DatasetListing {
  readonly pairs: readonly PairSource[];
  readonly skipped: readonly Skipped[];
}

/** Said in --help and in errors, so that both always name the same forms. */
export const DATASET_FORMS = `  FILE.csv        a header line with the columns image and caption; other columns are ignored
  FILE.jsonl      one object a line: {"image": "a.jpg", "caption": "a red kite"}; other keys are ignored
  FOLDER          holding captions.csv, captions.jsonl, metadata.csv or metadata.jsonl (the first found is read), or
  FOLDER          of pictures, each with its captions beside it, one a line: kite.jpg and kite.txt
Picture paths are relative to the file that names them. file_name and text are taken for image and caption too.`;
