import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BENCHES, benchesOf, secondsOf } from '../../bench/benches.ts';
import { ROOT } from '../docs/read-docs.ts';

function bench(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bench/run.ts', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('bench', () => {
  it('names the benchmarks, and the first part of several as one', () => {
    const { status, stdout, stderr } = bench('nonsense');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/'nonsense' is invalid .* Allowed choices are selection, .*selection-tabular, /);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('lists the benchmarks, how long each takes and which run by name only', () => {
    const { status, stdout } = bench('--list');
    expect(status).toBe(0);
    const [head, ...lines] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^name +about +in a run of all +shows$/);
    expect(lines.at(-1)).toMatch(/^A run of all takes about \d+ minutes on two cores/);
    expect(lines.slice(0, -1).map((line) => line.split(' ')[0])).toEqual(Object.keys(BENCHES));
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/^[a-z-]+ +\d+ s +(yes|by name only) +\S/);
    expect(bench('selection', '--list').stdout.match(/^selection-/gm)).toHaveLength(5);
  });

  it('leaves a run of all time to end within half an hour on a machine half as fast again', () => {
    const all = benchesOf(undefined);
    expect(secondsOf(all)).toBeLessThan((30 * 60) / 1.5);
    for (const [name, { byNameOnly }] of Object.entries(BENCHES)) {
      expect(all.includes(name)).toBe(byNameOnly !== true);
      expect(benchesOf(name)).toEqual([name]);
    }
  });

  it('has each benchmark described in docs/performance.md, and no other', () => {
    const [, choices] = bench('nonsense').stderr.split('Allowed choices are ');
    const names = choices.replace(/\. .*/s, '').split(', ');
    const document = readFileSync(`${ROOT}docs/performance.md`, 'utf8');
    const [, table] = document.split('\n## The benchmarks\n');
    const described = [...table.split('\n## ')[0].matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name);
    const groups = names.filter((name) => names.some((other) => other.startsWith(`${name}-`)));
    expect(described.sort()).toEqual(names.filter((name) => !groups.includes(name)).sort());
  });

  it('prints rows and where they were measured, as JSON, from as many processes as asked for', () => {
    const { status, stdout } = bench('scoring', '--json', '--rounds', '2');
    expect(status).toBe(0);
    const output: unknown = JSON.parse(stdout);
    const spread = { median: expect.any(Number), min: expect.any(Number), max: expect.any(Number) };
    expect(output).toMatchObject({
      rows: [
        {
          name: 'score matrix 100×1000, k = 50 of 512',
          metric: 'time',
          unit: 'ms',
          ours: spread,
          rival: { name: 'arrays and reduce', ...spread },
          ratio: expect.any(Number),
          target: 5,
          met: expect.any(Boolean),
        },
      ],
      rounds: 2,
      environment: {
        node: process.version,
        workerd: expect.stringMatching(/^1\.\d{8}\.\d+$/),
        cpu: expect.any(String),
        cores: expect.any(Number),
        memoryGb: expect.any(Number),
        load: { start: expect.any(Number), end: expect.any(Number) },
        date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        seconds: expect.any(Number),
      },
    });
    // Null in a copy without its history.
    expect(output).toHaveProperty('environment.commit');
  });

  it('refuses no rounds at all', () => {
    expect(bench('scoring', '--rounds', '0')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Expected a whole number of at least 1, got "0".'),
    });
  });
});
