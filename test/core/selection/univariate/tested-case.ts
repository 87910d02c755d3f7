/** A fixture of a test of single features: a matrix, its labels, and what scikit-learn makes of each column. */
export interface TestedCase {
  readonly name: string;
  readonly count: number;
  readonly dim: number;
  readonly values: number[];
  readonly labels: number[];
  /** Null where it is NaN. */
  readonly scores: (number | null)[];
  readonly pValues: (number | null)[];
}
