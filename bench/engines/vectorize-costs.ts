import { type BenchRow, limitRow } from '../measure.ts';
import { meterCost, vectorizeUsage } from '../prices.ts';

const MILLION = 1_000_000;

/** Of a million vectors and a million queries a month, beyond all allowances; re-ranking reads KV besides (docs/costs.md). */
export function vectorizeCosts(dim: number): BenchRow[] {
  const { storedDimensions = 0, queriedDimensions = 0 } = vectorizeUsage(MILLION, dim, MILLION);
  const name = `vectorize, ${dim} dimensions, by the price list`;
  const row = (metric: string, value: number): BenchRow =>
    limitRow(name, metric, '$', { median: value, min: value, max: value }, null);
  return [
    row('a million vectors stored, a month', meterCost('storedDimensions', storedDimensions)),
    row('a million queries among them', meterCost('queriedDimensions', queriedDimensions)),
  ];
}
