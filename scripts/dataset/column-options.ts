import { InvalidArgumentError, Option } from 'commander';
import type { NamedColumns } from './pair-source.ts';
import { CAPTION_COLUMNS, IMAGE_COLUMNS } from './table-cells.ts';

/** `--image-column` and `--caption-column`, as commander gives them. */
export interface ColumnFlags {
  readonly imageColumn?: string;
  readonly captionColumn?: string;
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

function columnName(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Expected the name of a column, got nothing.');
}

/** Undefined where neither is named. */
export function namedColumns({ imageColumn, captionColumn }: ColumnFlags): NamedColumns | undefined {
  if (imageColumn === undefined && captionColumn === undefined) return undefined;
  return {
    ...(imageColumn === undefined ? {} : { image: imageColumn }),
    ...(captionColumn === undefined ? {} : { caption: captionColumn }),
  };
}
