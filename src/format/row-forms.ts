import { type CodeBits, codeRowBytes } from '../core/search/code-rows.ts';
import { bytesPerVector } from './corpus-vectors.ts';

export const ROW_FORMS = ['int8', 'int4', 'sign'] as const;

/** How the coordinates that a selection keeps of a vector are stored: as int8 with a scale a row, or as codes of four bits or one. */
export type RowForm = (typeof ROW_FORMS)[number];

/** Null for int8, which is no code. */
export function codeBitsOf(form: RowForm): CodeBits | null {
  return { int8: null, int4: 4, sign: 1 }[form] as CodeBits | null;
}

/** @param bits undefined for int8 */
export function rowFormOf(bits: CodeBits | undefined): RowForm {
  return bits === undefined ? 'int8' : bits === 4 ? 'int4' : 'sign';
}

/** Bytes of a stored row of k coordinates, the scale of int8 included. */
export function rowBytes(form: RowForm, k: number): number {
  const bits = codeBitsOf(form);
  return bits === null ? bytesPerVector(k, 1) : codeRowBytes(bits, k);
}
