import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_INPUTS, requestTable, searchTable } from '../../bench/cost-tables.ts';
import { markdownTable } from '../../bench/markdown.ts';
import {
  addUsage,
  corpusUsage,
  marginalCost,
  monthlyBill,
  requestUsage,
  scanMs,
  vectorizeUsage,
} from '../../bench/prices.ts';
import { vectorizeCosts } from '../../bench/engines/vectorize-costs.ts';
import { ROOT } from '../docs/read-docs.ts';

/** Sums of products of decimal prices: exact to far below a cent, not to the last bit. */
const DIGITS = 9;

describe('prices', () => {
  // https://developers.cloudflare.com/workers/platform/pricing/#example-pricing, examples 1, 3 and 4.
  it.each([
    [15e6, 7, 8],
    [100e6, 7, 45.4],
  ])("bills Cloudflare's example of %d requests of %d ms at $%d", (requests, cpuMs, bill) => {
    expect(monthlyBill(requestUsage(requests, { cpuMs }))).toBeCloseTo(bill, DIGITS);
  });

  it("bills Cloudflare's example of 720 runs of three minutes at $6.99", () => {
    // Shown in whole cents there.
    expect(monthlyBill(requestUsage(720, { cpuMs: 180_000 }))).toBeCloseTo(6.99, 2);
  });

  // https://developers.cloudflare.com/vectorize/platform/pricing/#calculating-vector-dimensions
  it("prices Vectorize's example of 10,000 vectors of 768 dimensions and 30,000 queries at $0.31", () => {
    const usage = vectorizeUsage(10_000, 768, 30_000);
    expect(usage).toEqual({ queriedDimensions: 30_720_000, storedDimensions: 7_680_000 });
    expect(marginalCost(usage)).toBeCloseTo(0.31, 2);
    expect(monthlyBill(usage)).toBe(5);
  });

  // https://developers.cloudflare.com/vectorize/platform/pricing/#usage-examples: "Scaling" and "XL".
  it.each([
    [25_000, 768, 50_000, 0.59],
    [500_000, 1536, 1_000_000, 23.42],
  ])(
    "prices Vectorize's example of %d vectors of %d dimensions and %d queries at $%d",
    (vectors, dim, queries, price) => {
      expect(marginalCost(vectorizeUsage(vectors, dim, queries))).toBeCloseTo(price, 2);
    },
  );

  it('prices a million vectors of 64 dimensions and a million queries as the bench of engines tells', () => {
    const [stored, queried] = vectorizeCosts(64).map(({ ours }) => ours.median);
    expect([stored, queried]).toEqual([expect.closeTo(0.032, DIGITS), expect.closeTo(1.28, DIGITS)]);
  });

  it('asks the base price for nothing, and no more up to the allowances', () => {
    expect(monthlyBill({})).toBe(5);
    expect(monthlyBill(requestUsage(10e6, { cpuMs: 3, kvReads: 1, kvWrites: 0.1 }))).toBe(5);
    expect(marginalCost({})).toBe(0);
  });

  it('stores a corpus by its bytes and writes it by the block', () => {
    const corpus = corpusUsage(1_000_000, 64, 8 * 2 ** 20);
    expect(corpus).toEqual({ kvStoredGb: 0.064, kvWrites: 8 });
    expect(marginalCost(corpus)).toBeCloseTo(0.064 * 0.5 + 8 * 5e-6, DIGITS);
    expect(corpusUsage(0, 64, 1024)).toEqual({ kvStoredGb: 0, kvWrites: 0 });
  });

  it('takes a second to read as many gigabytes as the rate says', () => {
    expect(scanMs(1e9, 2, 2)).toBe(1000);
  });

  it('adds up what several parts use', () => {
    expect(addUsage({ requests: 1, kvReads: 2 }, { kvReads: 3 }, {})).toEqual({ requests: 1, kvReads: 5 });
  });
});

describe('the tables of docs/costs.md', () => {
  const document = readFileSync(`${ROOT}docs/costs.md`, 'utf8');
  const tables = [requestTable(DEFAULT_INPUTS), searchTable(DEFAULT_INPUTS)].map(markdownTable);

  it('are those of bench/costs.ts with its own inputs', () => {
    for (const table of tables) expect(document).toContain(`\n\n${table}\n`);
    const { status, stdout } = spawnSync(process.execPath, ['bench/costs.ts'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([0, tables.join('\n')]);
  });

  it('move with the inputs: a corpus that fits the isolate is read once and not by every search', () => {
    const rows = (vectors: number) => {
      const [head, ...body] = searchTable({ ...DEFAULT_INPUTS, vectors, itemReads: 0 });
      const reads = head.indexOf('KV reads');
      return body.map((row) => Number(row[reads]));
    };
    const [compact, , full] = rows(100_000);
    expect(full).toBeLessThan(0.1);
    const [moreCompact, , moreFull] = rows(3_000_000);
    expect(compact).toBeLessThan(0.1);
    // 3 million × 54 bytes are 7 values of 25 MiB, × 520 are 60; half a dollar a million reads.
    expect(moreCompact).toBe(3.5);
    expect(moreFull).toBe(30);
  });
});
