import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { UserError } from '../../scripts/cli/user-error.ts';
import { downloadShards } from '../../scripts/pipeline/download-shards.ts';
import { pipelineClient } from '../../scripts/pipeline/pipeline-client.ts';
import { createServer } from 'node:http';

const folder = mkdtempSync(join(tmpdir(), 'alignql-test-'));
const server = createServer((_, response) => response.end('{"shards":[]}'));
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

it('says of a folder that cannot be written to which it is, and how to choose another', async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = pipelineClient({ url: `http://127.0.0.1:${port}`, key: undefined });
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const download = downloadShards(client, '0'.repeat(32), file, () => ({
    add: () => undefined,
    stop: () => undefined,
  }));
  await expect(download).rejects.toThrow(UserError);
  await expect(download).rejects.toThrow(/cannot write the folder .*file.*Choose another by --out/);
});
