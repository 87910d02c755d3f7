import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unstable_readConfig } from 'wrangler';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../../docs/read-docs.ts';
import { type Image, buildNatively, readDockerfile } from './dockerfile.ts';
import { startEncoder } from './encoder-process.ts';

const KEY = 'a-key-of-the-image';
let place: string;
let image: Image;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'alignql-image-'));
  image = buildNatively(place);
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

it('makes an image that serves with nothing but what the Dockerfile copies', async () => {
  const [node, script, ...args] = image.entrypoint;
  expect([node, ...args]).toEqual(['node', '--host', '0.0.0.0']);
  const program = { script: join(image.root, image.folder, script), cwd: join(image.root, image.folder) };
  const { child, origin, exited } = await startEncoder(
    [...args, '--threads', '1', '--host', '127.0.0.1'],
    { ...image.environment, ENCODER_KEYS: KEY },
    program,
  );
  try {
    const pictures = ['rgb.png', 'baseline.jpg', 'still.gif', 'lossy.webp', 'grey.avif'].map((name) => ({
      image: readFileSync(join(ROOT, 'test/fixtures/images', name), 'base64'),
    }));
    const answer = await fetch(`${origin}/v1/embeddings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ input: ['a fox', ...pictures] }),
    });
    expect(await answer.json()).toMatchObject({
      model: 'tiny-clip',
      data: new Array(6).fill({ object: 'embedding' }),
    });
    expect(answer.status).toBe(200);
  } finally {
    child.kill('SIGTERM');
  }
  expect(await exited).toBe(0);
});

it('lets nobody in without keys', () => {
  const [, ...args] = image.entrypoint;
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: join(image.root, image.folder),
    env: { PATH: process.env.PATH, ...image.environment },
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/^encoder: --host 0\.0\.0\.0 can be reached from other machines, .*ENCODER_KEYS/);
  expect(status).toBe(1);
});

it('fits the compose file: port, keys, time to end', () => {
  const compose = readFileSync(join(ROOT, 'compose.yaml'), 'utf8');
  expect(image.exposed).toBe(7997);
  expect(compose).toMatch(/^ +- '127\.0\.0\.1:7997:7997'$/m);
  expect(compose).toMatch(/^ +ENCODER_KEYS: \$\{ENCODER_KEYS:\?/m);
  const health = readDockerfile().find(({ name }) => name === 'HEALTHCHECK')?.text;
  expect(health).toContain(`http://127.0.0.1:${image.exposed}/health`);
});

it('fits the configuration of a Cloudflare Container, which wrangler reads without a complaint', () => {
  const { containers, durable_objects, migrations, main } = unstable_readConfig(
    { config: join(ROOT, 'wrangler.container.toml') },
    { hideWarnings: false },
  );
  expect(containers).toMatchObject([{ class_name: 'EncoderContainer', image: join(ROOT, 'Dockerfile') }]);
  expect(durable_objects.bindings).toMatchObject([{ name: 'ENCODER', class_name: 'EncoderContainer' }]);
  expect(migrations).toMatchObject([{ new_sqlite_classes: ['EncoderContainer'] }]);
  expect(readFileSync(main ?? '', 'utf8')).toContain(`const PORT = ${image.exposed};`);
});
