/** What one query is declared to cost and was measured to cost. */
export interface Priced {
  readonly name: string;
  /** Units of `@cost`. */
  readonly declared: number;
  /** CPU milliseconds. */
  readonly measured: number;
}

export interface Fit {
  /** Milliseconds of a unit: the geometric mean over the queries, which is least squares of the logarithms. */
  readonly msPerUnit: number;
  /** Of declared and measured, -1 to 1. */
  readonly spearman: number;
}

export function fitOf(queries: readonly Priced[]): Fit {
  const logs = queries.map(({ declared, measured }) => Math.log(measured / declared));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return {
    msPerUnit: Math.exp(mean),
    spearman: correlation(
      ranks(queries.map(({ declared }) => declared)),
      ranks(queries.map(({ measured }) => measured)),
    ),
  };
}

/** From 1; ties share the mean of their places. */
export function ranks(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1);
}

/** Pearson's. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [a, b].map(
    (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  );
  let [products, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    products += (a[i] - meanA) * (b[i] - meanB);
    squaresA += (a[i] - meanA) ** 2;
    squaresB += (b[i] - meanB) ** 2;
  }
  return products / Math.sqrt(squaresA * squaresB);
}
