/** @throws RangeError unless there are count·dim features and count labels */
export function requireMatrix(
  features: { readonly length: number },
  labels: { readonly length: number },
  count: number,
  dim: number,
): void {
  if (features.length !== count * dim || labels.length !== count) {
    throw new RangeError(
      `expected ${count}×${dim} features and ${count} labels, got ${features.length} and ${labels.length}`,
    );
  }
}

/** @throws RangeError unless there is one label a row */
export function requireLabels(labels: { readonly length: number }, count: number): void {
  if (labels.length !== count) {
    throw new RangeError(`expected a label for each of ${count} rows, got ${labels.length}`);
  }
}
