import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { beforeAll, describe, expect, it } from 'vitest';
import { type PackedClient, bundleClient, packClient } from './packed-client.ts';

const TSC = 'node_modules/typescript/bin/tsc';
const STRICT = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    module: 'nodenext',
    types: [],
    exactOptionalPropertyTypes: true,
  },
  files: ['consumer.mts'],
};
/** Wrong in one place, which the compiler has to find. */
const CONSUMER = `import { type Alignment, AlignqlError, createClient } from '@alignql/client';
const client = createClient({ url: 'https://a.example', key: undefined });
export async function run(file: File): Promise<string> {
  const { probability, decision }: Alignment = await client.align(file, 'a fox', { baseRate: 0.1 });
  const [one] = await client.embed({ texts: ['a fox'] });
  const { vector } = await client.embed({ image: new Uint8Array(3) });
  if (one instanceof AlignqlError) return one.code;
  for await (const { hits } of client.search('c', { image: { vector, encoder: one.encoder } })) return hits[0].id;
  // @ts-expect-error a number is no text
  await client.align(file, 5);
  return decision === 'MATCH' ? probability.toFixed(2) : '';
}
`;
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

  it('compiles in a strict project that checks the types of its packages', async () => {
    await writeFile(join(packed.folder, 'consumer.mts'), CONSUMER);
    await writeFile(join(packed.folder, 'tsconfig.json'), JSON.stringify(STRICT));
    const { stdout } = await promisify(execFile)(process.execPath, [TSC, '-p', packed.folder]).catch(
      (failed: { readonly stdout: string }) => failed,
    );
    expect(stdout).toBe('');
  });

  it('is under 6 KB, minified and gzipped', async () => {
    const bundle = await bundleClient(packed.folder);
    expect(gzipSync(bundle, { level: 9 }).length).toBeLessThan(MAX_GZIP_BYTES);
  });
});
