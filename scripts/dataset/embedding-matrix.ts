import type { FileHandle } from 'node:fs/promises';
import { NPY_HEADER_LIMIT, type NpyLayout, readNpyLayout } from '../../src/format/npy-header.ts';
import { assertDataBytes, decodeElements, matrixShape } from '../../src/format/npy.ts';
import { AppError } from '../../src/errors.ts';
import { UserError } from '../cli/user-error.ts';
import { openRegularFile } from '../files/regular-file.ts';
import { reasonOf } from '../files/file-access.ts';

/** A matrix of embeddings in a .npy file, read a range of rows at a time. */
export interface EmbeddingMatrix {
  readonly path: string;
  readonly count: number;
  readonly dim: number;
  /**
   * Rows from `start` up to `end`, row-major float32, as stored: neither normalised nor checked for NaN.
   * One read in C order; one a column in Fortran order.
   */
  readonly readRows: (start: number, end: number) => Promise<Float32Array>;
}

/**
 * Open a matrix: the header is read and held against the length of the file, no row is.
 * @param what names the file in messages: an option, or what the file is for
 * @throws UserError when it cannot be read or is no 2-D .npy of numbers
 */
export async function openEmbeddingMatrix(path: string, what: string): Promise<EmbeddingMatrix> {
  const layout = await withFile(path, what, async (file) => {
    const head = new Uint8Array(NPY_HEADER_LIMIT);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const found = readNpyLayout(head.subarray(0, bytesRead));
    assertDataBytes(found, (await file.stat()).size - found.dataOffset);
    matrixShape(found.shape);
    return found;
  });
  const { count, dim } = matrixShape(layout.shape);
  const readRows = layout.fortranOrder ? readColumnMajor : readRowMajor;
  return {
    path,
    count,
    dim,
    readRows: (start, end) => withFile(path, what, (file) => readRows(file, layout, start, end)),
  };
}

async function readRowMajor(
  file: FileHandle,
  layout: NpyLayout,
  start: number,
  end: number,
): Promise<Float32Array> {
  const dim = layout.shape[1];
  const elements = decodeElements(layout, await readElements(file, layout, start * dim, (end - start) * dim));
  return elements instanceof Float32Array ? elements : Float32Array.from(elements);
}

async function readColumnMajor(
  file: FileHandle,
  layout: NpyLayout,
  start: number,
  end: number,
): Promise<Float32Array> {
  const [count, dim] = layout.shape;
  const rows = new Float32Array((end - start) * dim);
  for (let column = 0; column < dim; column++) {
    const bytes = await readElements(file, layout, column * count + start, end - start);
    const elements = decodeElements(layout, bytes);
    for (let row = 0; row < elements.length; row++) rows[row * dim + column] = elements[row];
  }
  return rows;
}

async function readElements(
  file: FileHandle,
  { dataOffset, elementBytes }: NpyLayout,
  start: number,
  count: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(count * elementBytes);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, dataOffset + start * elementBytes);
  if (bytesRead !== bytes.length) throw new Error(`the file was cut while it was read`);
  return bytes;
}

async function withFile<T>(path: string, what: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    const file = await openRegularFile(path);
    try {
      return await use(file);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof AppError) throw new UserError(`${what} ${path}: ${cause.message}`, { cause });
    throw new UserError(`cannot read ${what} ${path}: ${reasonOf(cause)}.`, { cause });
  }
}
