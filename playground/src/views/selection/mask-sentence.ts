import type { SelectionData } from '../../api/operations.ts';
import { formatBytes, formatScore, formatShare } from '../../format-numbers.ts';
import { type FigureKey, readFigures } from './figures.ts';

const BYTES_PER_NUMBER = 4;

/** What one stored vector takes as float32. */
export function bytesPerVector(k: number): number {
  return k * BYTES_PER_NUMBER;
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
  const { name, k, dim } = selection;
  const bytes = formatBytes(bytesPerVector(k));
  if (reference === null || reference.name === name || reference.encoder !== selection.encoder) {
    return k === dim
      ? `“${name}” keeps all ${dim} coordinates: ${bytes} a vector, nothing saved and nothing lost.`
      : `“${name}” ${describeKept(selection)}: ${bytes} a vector, ${savedShare(k, dim)} less than all of them.`;
  }
  const size =
    k === reference.k
      ? `the same ${bytes} a vector as “${reference.name}”`
      : `${bytes} a vector instead of ${formatBytes(bytesPerVector(reference.k))}, ${
          k < reference.k ? `${savedShare(k, reference.k)} less` : `${savedShare(reference.k, k)} more`
        } to store and multiply`;
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
