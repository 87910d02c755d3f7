/**
 * Solve Ax = b for a symmetric positive definite A, in place: A's lower triangle becomes its Cholesky factor, b becomes
 * x.
 * @param a row-major, shape [size, size]; the upper triangle is not read
 * @param b length size
 * @returns false when A is not positive definite; a and b are then worthless
 * O(size³/6).
 */
export function solvePositiveDefinite(a: Float64Array, b: Float64Array, size: number): boolean {
  for (let i = 0; i < size; i++) {
    const rowI = i * size;
    for (let j = 0; j <= i; j++) {
      const rowJ = j * size;
      let sum = a[rowI + j];
      for (let m = 0; m < j; m++) sum -= a[rowI + m] * a[rowJ + m];
      if (i > j) a[rowI + j] = sum / a[rowJ + j];
      else if (sum > 0) a[rowI + i] = Math.sqrt(sum);
      else return false;
    }
  }
  for (let i = 0; i < size; i++) {
    let sum = b[i];
    for (let m = 0; m < i; m++) sum -= a[i * size + m] * b[m];
    b[i] = sum / a[i * size + i];
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = b[i];
    for (let m = i + 1; m < size; m++) sum -= a[m * size + i] * b[m];
    b[i] = sum / a[i * size + i];
  }
  return true;
}
