import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { describe, expect, it } from 'vitest';
import { readPackages } from '../../scripts/bundle/measure-bundle.ts';
import { readAdvisories } from '../../scripts/supply/advisories.ts';
import type { BillOfMaterials } from '../../scripts/supply/bill-of-materials.ts';
import { COMPILED_FILES } from '../../scripts/supply/compiled-works.ts';
import { packageLicence, workLicence } from '../../scripts/supply/licence-text.ts';
import { readLockfile } from '../../scripts/supply/lockfile.ts';
import { renderNotices } from '../../scripts/supply/notices.ts';
import { runScript } from './run-command.ts';

const works = Object.values(COMPILED_FILES).flatMap((file) => file.works);

describe('readPackages', () => {
  it('gives each package by its folder, nested and scoped ones too, but none of which nothing is left', () => {
    const inputs = {
      '../clone/node_modules/graphql/a.mjs': { bytesInOutput: 5 },
      'node_modules/graphql/b.mjs': { bytesInOutput: 6 },
      'node_modules/x/node_modules/@scope/y/dist/c.js': { bytesInOutput: 7 },
      'node_modules/unused/f.js': { bytesInOutput: 0 },
      'src/clip/d.ts': { bytesInOutput: 8 },
    };
    expect(readPackages(JSON.stringify({ outputs: { 'index.js': { inputs } } }))).toEqual([
      'node_modules/graphql',
      'node_modules/x/node_modules/@scope/y',
    ]);
  });
});

describe('licence texts', () => {
  it("are the package's own where it has a file, and else SPDX's under the name of the holder", () => {
    const lockfile = readLockfile();
    const text = (name: string): string =>
      packageLicence(lockfile.get(`node_modules/${name}`) ?? never(name));
    expect(text('graphql')).toContain('Copyright (c) GraphQL Contributors');
    expect(text('onnxruntime-web')).toMatch(
      /^MIT License\n\nCopyright \(c\) Microsoft Corporation\n\nPermission/,
    );
  });

  it.each(works)('name the holder, and leave no blank of a template: $name', (work) => {
    const text = workLicence(work);
    expect(text).toContain(work.copyright);
    expect(text).not.toMatch(/<(?:year|owner|copyright holders?)>/);
    expect(text.length).toBeGreaterThan(500);
  });

  it('stand once, under all whose text it is', () => {
    const shipped = {
      workerPackages: ['node_modules/graphql'],
      compiledFiles: ['avif_dec.wasm', 'webp_dec.wasm'],
      pagePackages: ['node_modules/graphql'],
    };
    const notices = renderNotices(shipped, readLockfile());
    expect(notices.split('Copyright (c) GraphQL Contributors')).toHaveLength(2);
    expect(notices.split('Copyright (c) 2005-2020 Rich Felker')).toHaveLength(2);
    expect(notices).toContain('libavif 1.0.1: BSD-2-Clause');
  });

  it('are demanded of what ships and is not locked', () => {
    const shipped = { workerPackages: ['node_modules/nobody'], compiledFiles: [], pagePackages: [] };
    expect(() => renderNotices(shipped, readLockfile())).toThrow(
      'node_modules/nobody ships, but package-lock.json',
    );
  });
});

describe('sbom', () => {
  it('prints what CycloneDX takes: what runs or ships, the compiled works and the encoder', async () => {
    const { status, stdout, stderr } = runScript('sbom', []);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const problems = await new Validation.JsonStrictValidator(Spec.Version.v1dot5).validate(stdout);
    expect(problems).toBeNull();
    const { metadata, components } = JSON.parse(stdout) as BillOfMaterials;
    expect(metadata.component.name).toBe('alignql');
    const names = components.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['wrangler', 'graphql', 'libaom', 'Eigen', 'tiny-clip']));
    expect(names).not.toContain('vitest');
    expect(components.filter(({ licenses = [] }) => licenses.length === 0)).toEqual([]);
  });
});

describe('readAdvisories', () => {
  const cause = {
    name: 'deep',
    url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
    severity: 'high',
    title: 'Deep is too deep',
    range: '<1.2.3',
  };

  it('gives each advisory once, and none of packages that only depend on one', () => {
    const report = {
      vulnerabilities: { deep: { via: [cause] }, again: { via: [cause] }, upper: { via: ['deep'] } },
    };
    expect(readAdvisories(report)).toEqual([
      {
        id: 'GHSA-aaaa-bbbb-cccc',
        package: 'deep',
        severity: 'high',
        title: 'Deep is too deep',
        range: '<1.2.3',
      },
    ]);
    expect(readAdvisories({ vulnerabilities: {} })).toEqual([]);
  });

  it('tells no answer from no advisory', () => {
    expect(readAdvisories({ message: '405 Method Not Allowed', statusCode: 405 })).toBeNull();
  });
});

function never(name: string): never {
  throw new Error(`${name} is not locked`);
}
