import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { benchStreaming } from '../../bench/streaming.ts';

describe('benchStreaming', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'alignql-test-'));
    vi.stubEnv('TMPDIR', folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it('streams shards in another process, reports its memory and removes them', () => {
    const lines: string[] = [];
    const rows = benchStreaming((line) => lines.push(line), { pairs: 26_000 });
    expect(lines.at(-1)).toBe('streaming: 2 shards');
    expect(rows.map(({ name, metric, unit }) => [name, metric, unit]).slice(0, 2)).toEqual([
      ['streaming 26000×512', 'peak memory', 'MB'],
      ['streaming reading 26000×512', 'time', 'ms'],
    ]);
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['streaming pca 26000×512', 'streaming cross-covariance 26000×512']),
    );
    // Node alone takes 40 MB, the shard 100.
    expect(rows[0].ours.median).toBeGreaterThan(100);
    expect(rows[0]).toMatchObject({ target: 1000, met: true, rival: null });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says so where the disk is too small, and makes nothing', () => {
    const lines: string[] = [];
    expect(benchStreaming((line) => lines.push(line), { pairs: 1e13 })).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/left out: 41789\d*\.\d GB of shards do not fit in .* GB free/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
