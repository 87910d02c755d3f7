import type { Floats } from '../../src/core/vector.ts';
import { decodeNpy } from '../../src/format/npy.ts';
import type { NpyArray } from '../../src/format/npy.ts';
import { readInput } from '../files/input-file.ts';
import { UserError } from '../cli/user-error.ts';
import type { StrategySpec } from '../../src/core/selection/strategy-names.ts';

export interface LabelledMatrix {
  /** Row-major, shape [count, dim]; float32 only where the file has no more digits. */
  readonly features: Floats;
  /** Class of each row, numbered from 0. */
  readonly labels: Int32Array;
  /** What the file calls the class of each number. */
  readonly classes: readonly number[];
  readonly count: number;
  readonly dim: number;
}

type Labels = Pick<LabelledMatrix, 'labels' | 'classes'>;

/** Sums of squares beyond these overflow the arithmetic of their type, whatever the count of rows. */
const LARGEST_FLOAT32 = 1e15;
const LARGEST_FLOAT64 = 1e145;

/**
 * Read a feature matrix and its labels.
 * @throws UserError naming option, file, what was expected and what came: unreadable, not a matrix, empty, NaN,
 *   Infinity or too large to square, another length, labels that are not whole numbers, labels of one class
 */
export async function readLabelledMatrix(featuresPath: string, labelsPath: string): Promise<LabelledMatrix> {
  const matrix = await readInput(featuresPath, '--features', decodeNpy);
  const { features, count, dim } = checkedFeatures(matrix, featuresPath);
  const { labels, classes } = await readLabels(labelsPath);
  if (labels.length !== count) {
    throw new UserError(
      `--labels ${labelsPath}: expected ${count} labels, one for each row of ${featuresPath}, got ${labels.length}. ` +
        'Give the labels that belong to these rows.',
    );
  }
  return { features, labels, count, dim, classes };
}

/**
 * Read labels as classes numbered from 0.
 * @throws UserError for what is no vector of whole numbers, or names fewer than two classes
 */
export async function readLabels(path: string): Promise<Labels> {
  const read = checkedLabels(await readInput(path, '--labels', decodeNpy), path);
  if (read.classes.length >= 2) return read;
  throw new UserError(
    `--labels ${path}: expected at least 2 classes, got ${read.classes.length}${listed(read.classes)}. Selection compares features between classes: add rows of another one.`,
  );
}

/** @throws UserError unless it is a matrix of finite numbers that can be squared */
export function checkedFeatures(
  { shape, data }: NpyArray,
  path: string,
): { features: Floats; count: number; dim: number } {
  const [count, dim] = shape;
  if (shape.length !== 2 || count === undefined || dim === undefined || count === 0 || dim === 0) {
    throw new UserError(
      `--features ${path}: expected a matrix of shape (rows, features) with at least one of each, got shape (${shape.join(', ')}).`,
    );
  }
  const largest = data instanceof Float32Array ? LARGEST_FLOAT32 : LARGEST_FLOAT64;
  for (let i = 0; i < data.length; i++) {
    if (Math.abs(data[i]) <= largest) continue;
    const place = `got ${data[i]} at row ${Math.floor(i / dim)}, column ${i % dim}`;
    throw new UserError(
      Number.isFinite(data[i])
        ? `--features ${path}: expected numbers up to ${largest}, ${place}. Scale that column first.`
        : `--features ${path}: expected finite numbers, ${place}. Drop or fill such rows first.`,
    );
  }
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  return { features: isFloat ? data : Float64Array.from(data), count, dim };
}

/** Classes are numbered in order of first appearance, so that any integer dtype will do, and any size of number. */
function checkedLabels({ shape, data }: NpyArray, path: string): Labels {
  const isVector = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  if (!isVector) {
    throw new UserError(
      `--labels ${path}: expected a vector of shape (rows,), got shape (${shape.join(', ')}).`,
    );
  }
  for (let i = 0; i < data.length; i++) {
    if (!Number.isInteger(data[i])) {
      throw new UserError(
        `--labels ${path}: expected whole numbers that name classes, got ${data[i]} at row ${i}.`,
      );
    }
  }
  const classes = [...new Set<number>(data)];
  const numbers = new Map(classes.map((value, i) => [value, i]));
  return { labels: Int32Array.from(data, (value) => numbers.get(value) ?? -1), classes };
}

/**
 * Refuse labels that a strategy, or what stands in front of it, cannot take, under the names that they were given.
 * @throws UserError for a logistic regression of more than two classes
 */
export function checkClasses(
  { strategy, prefilters }: StrategySpec,
  classes: readonly number[],
  path: string,
): void {
  const binary = [strategy, ...prefilters.map(({ by }) => by)].find((name) => BINARY.includes(name));
  if (binary === undefined || classes.length === 2) return;
  throw new UserError(
    `--labels ${path}: ${binary} is a logistic regression and takes labels of 2 classes, got ${classes.length}${listed(classes)}. Keep the rows of two, or choose another strategy.`,
  );
}

const BINARY: readonly string[] = ['l1-logistic', 'rfe'];
const MOST_LISTED = 10;

function listed(classes: readonly number[]): string {
  if (classes.length === 0) return '';
  return `: ${classes
    .toSorted((a, b) => a - b)
    .slice(0, MOST_LISTED)
    .join(', ')}${classes.length > MOST_LISTED ? ', …' : ''}`;
}
