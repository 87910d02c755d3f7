import { InvalidArgumentError, Option } from 'commander';
import type { NamedColumns } from './pair-source.ts';
import { CAPTION_COLUMNS, IMAGE_COLUMNS } from './table-cells.ts';

/** `--image-column`, `--caption-column` and `--kind-column`, as commander gives them. */
export interface ColumnFlags {
  readonly imageColumn?: string;
  readonly captionColumn?: string;
  readonly kindColumn?: string;
}

/** For commander, on every command that reads a DATASET. */
export function columnOptions(): Option[] {
  const option = (name: string, what: string, known: readonly string[]): Option =>
    new Option(
      `--${name}-column <NAME>`,
      `the column of ${what} in a table, in any case (default: the first of ${known.join(', ')})`,
    ).argParser(columnName);
  return [
    option('image', 'picture paths', IMAGE_COLUMNS.names),
    option('caption', 'captions', CAPTION_COLUMNS.names),
  ];
}

/** For commander, on a command that reports each kind of pair. */
export function kindColumnOption(): Option {
  return new Option(
    '--kind-column <NAME>',
    'the column that says which kind a pair is of (drawing or photograph, a language, a shop), at most 12: the report then tells of each kind whether probabilities are right',
  ).argParser(columnName);
}

function columnName(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Expected the name of a column, got nothing.');
}

/** Undefined where none is named. */
export function namedColumns({
  imageColumn,
  captionColumn,
  kindColumn,
}: ColumnFlags): NamedColumns | undefined {
  if ([imageColumn, captionColumn, kindColumn].every((name) => name === undefined)) return undefined;
  return {
    ...(imageColumn === undefined ? {} : { image: imageColumn }),
    ...(captionColumn === undefined ? {} : { caption: captionColumn }),
    ...(kindColumn === undefined ? {} : { kind: kindColumn }),
  };
}
