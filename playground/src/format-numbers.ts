/** Numbers as the page writes them. Widths stay the same as values change, so that nothing jumps. */

const MEBIBYTE = 1024 * 1024;

/** A probability, 0 to 1, as a percentage; never 0 % or 100 %, which no calibration can mean. */
export function formatPercent(probability: number): string {
  const percent = probability * 100;
  if (percent < 0.1) return '<0.1 %';
  if (percent > 99.9) return '>99.9 %';
  return `${percent < 1 || percent > 99 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** With a minus sign as wide as a digit; what rounds to zero has none. */
export function formatDecimal(value: number, digits: number): string {
  const size = Math.abs(value).toFixed(digits);
  return value < 0 && Number(size) !== 0 ? `−${size}` : size;
}

/** A cosine or score with its sign, three decimals. */
export function formatScore(score: number): string {
  return formatDecimal(score, 3);
}

/** A share of one in percent, one decimal: of figures that may be 0 % or 100 %. */
export function formatShare(share: number): string {
  return `${formatDecimal(share * 100, 1)} %`;
}

/** Whether any score would be written otherwise than its cosine: without a difference one of them says it all. */
export function scoresDiffer(
  figures: readonly { readonly cosine?: number | null; readonly score?: number | null }[],
): boolean {
  return figures.some(
    ({ cosine, score }) =>
      typeof cosine !== typeof score ||
      (typeof cosine === 'number' && typeof score === 'number' && formatScore(cosine) !== formatScore(score)),
  );
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

/** A span of time in its two largest units of hours, minutes and seconds: "40 s", "12 min", "3 h 5 min". */
export function formatDuration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  const [hours, left] = [Math.floor(minutes / 60), minutes % 60];
  if (hours === 0) return `${minutes} min`;
  return left === 0 ? `${hours} h` : `${hours} h ${left} min`;
}

/** A moment as the reader's own date and minute. */
export function formatMoment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

/** Three digits behind the point and the sign that it has, with a minus as wide as the plus: +0.214, −0.031. */
export function formatSigned(value: number): string {
  const digits = Math.abs(value).toFixed(3);
  if (Number(digits) === 0) return '0.000';
  return `${value < 0 ? '−' : '+'}${digits}`;
}
