import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { beforeAll, describe, expect, it } from 'vitest';
import { type PackedClient, bundleClient, packClient } from './packed-client.ts';

const MAX_GZIP_BYTES = 6_000;

describe('the packed client', () => {
  let packed: PackedClient;
  let tarball: Uint8Array;
  beforeAll(async () => {
    packed = await packClient();
    tarball = await readFile(packed.tarball);
  });

  it('is one that publint has nothing to say about', async () => {
    const { buffer } = Uint8Array.from(tarball);
    const { messages, pkg } = await publint({ pack: { tarball: buffer } });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('gives its types wherever its code resolves', async () => {
    const { types, problems } = (await checkPackage(createPackageFromTarballData(tarball))) as {
      types: unknown;
      problems: { kind: string; resolutionKind?: string }[];
    };
    expect(types).toMatchObject({ kind: 'included' });
    // ESM only, on purpose: CommonJS takes it by import() or, from Node 20.19 on, by require().
    expect(problems.filter(({ kind }) => kind !== 'CJSResolvesToESM')).toEqual([]);
  });

  it('needs no other package and holds nothing but what it needs', async () => {
    const manifest = JSON.parse(
      await readFile(`${packed.folder}/node_modules/@alignql/client/package.json`, 'utf8'),
    ) as Record<string, unknown>;
    expect(Object.keys(manifest).filter((key) => /dependencies/i.test(key))).toEqual([]);
  });

  it('is under 6 KB, minified and gzipped', async () => {
    const bundle = await bundleClient(packed.folder);
    expect(gzipSync(bundle, { level: 9 }).length).toBeLessThan(MAX_GZIP_BYTES);
  });
});
