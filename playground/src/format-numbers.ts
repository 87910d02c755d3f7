/** Numbers as the page writes them. Widths stay the same as values change, so that nothing jumps. */

const MEBIBYTE = 1024 * 1024;

/** A probability, 0 to 1, as a percentage; never 0 % or 100 %, which no calibration can mean. */
export function formatPercent(probability: number): string {
  const percent = probability * 100;
  if (percent < 0.1) return '<0.1 %';
  if (percent > 99.9) return '>99.9 %';
  return `${percent < 1 || percent > 99 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** A cosine or score with its sign, three decimals. */
export function formatScore(score: number): string {
  return `${score < 0 ? '−' : ''}${Math.abs(score).toFixed(3)}`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < MEBIBYTE) return `${(bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0)} KiB`;
  return `${(bytes / MEBIBYTE).toFixed(1)} MiB`;
}

/** "1 caption", "4 captions". */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A moment as the reader's own date and minute. */
export function formatMoment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
