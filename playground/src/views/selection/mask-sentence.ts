import type { SelectionData } from '../../api/operations.ts';
import { formatBytes, formatScore, formatShare } from '../../format-numbers.ts';
import { type FigureKey, readFigures } from './figures.ts';

const FLOAT32_BYTES = 4;

/** "54 B a vector as int8": what a corpus stores of each, unless it is told otherwise. */
export function describeStored({
  bytesPerVector,
  encoding,
}: Pick<SelectionData, 'bytesPerVector' | 'encoding'>): string {
  return `${formatBytes(bytesPerVector)} a vector as ${encoding.toLowerCase()}`;
}

/** Whether it mixes coordinates in place of keeping some. */
export function isMap({ indices, k, dim }: Pick<SelectionData, 'indices' | 'k' | 'dim'>): boolean {
  return k < dim && !indices;
}

/** "keeps 50 of 512 coordinates", as the rest of a sentence about a selection. */
export function describeKept(selection: Pick<SelectionData, 'indices' | 'k' | 'dim'>): string {
  const { k, dim } = selection;
  if (k === dim) return `keeps all ${dim} coordinates`;
  return isMap(selection) ? `maps ${dim} coordinates to ${k}` : `keeps ${k} of ${dim} coordinates`;
}

/** In one plain sentence, what a selection costs and saves beside another one. */
export function compareSelections(selection: SelectionData, reference: SelectionData | null): string {
  const { name, dim, bytesPerVector: bytes } = selection;
  const stored = describeStored(selection);
  if (reference === null || reference.name === name || reference.encoder !== selection.encoder) {
    const saved = savedShare(bytes, FLOAT32_BYTES * dim);
    return `“${name}” ${describeKept(selection)}: ${stored}, ${saved} less than all of them as float32.`;
  }
  const others = reference.bytesPerVector;
  const size =
    bytes === others
      ? `the same ${formatBytes(bytes)} a vector as “${reference.name}”`
      : `${stored} instead of ${formatBytes(others)}, ${
          bytes < others ? `${savedShare(bytes, others)} less` : `${savedShare(others, bytes)} more`
        } to store and read`;
  const costs = describeCost(selection, reference);
  return `“${name}” ${describeKept(selection)}: ${size}${costs === '' ? '' : `; on held-out pairs ${costs}`}.`;
}

function savedShare(less: number, more: number): string {
  return `${Math.round((1 - less / more) * 100)} %`;
}

function describeCost(selection: SelectionData, reference: SelectionData): string {
  const figures = readFigures(selection.metrics);
  const references = readFigures(reference.metrics);
  const pair = (key: FigureKey): readonly [number, number] | null => {
    const ours = figures.find((figure) => figure.key === key);
    const theirs = references.find((figure) => figure.key === key);
    return ours && theirs ? [ours.value, theirs.value] : null;
  };
  const parts: string[] = [];
  const recall = pair('imageToText1');
  if (recall)
    parts.push(
      `the right caption comes first for ${formatShare(recall[0])} of pictures instead of ${formatShare(recall[1])}`,
    );
  const auc = pair('auc');
  if (auc) parts.push(`the AUC is ${formatScore(auc[0])} instead of ${formatScore(auc[1])}`);
  return parts.join(', and ');
}
