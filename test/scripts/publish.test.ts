import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../scripts/cli/user-error.ts';
import { readRunningEncoder } from '../../scripts/kv/deployment.ts';
import { openLocalKv, type OpenKv } from '../../scripts/kv/local-kv.ts';
import { type SelectionRecord, encodeSelection } from '../../src/format/selection-record.ts';
import { createSelectionStore } from '../../src/storage/selection-store.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { ROOT, run } from './start-setup.ts';

const { id, fingerprint } = JSON.parse(readFileSync(join(ROOT, 'models/tiny-clip/encoder.json'), 'utf8')) as {
  id: string;
  fingerprint: string;
};

// Every command is a process that loads wrangler and starts workerd.
describe('publish and rollback', () => {
  const place = mkdtempSync(join(tmpdir(), 'alignql-publish-'));
  const state = join(place, 'state');
  // The same files, as the local server holds them open while publish writes.
  let open: OpenKv;

  beforeAll(async () => {
    open = await openLocalKv(state, 'local-selections');
  });
  afterAll(() => open.close());

  function folderWith(name: string, change: Partial<SelectionRecord>): string {
    const folder = join(place, name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'selection.bin'), encodeSelection({ ...buildSelection(1), ...change }));
    return folder;
  }
  const command = (script: 'publish' | 'rollback', ...args: string[]): ReturnType<typeof run> =>
    run(`scripts/${script}.ts`, args, { ALIGNQL_STATE: state });
  const refused = (script: 'publish' | 'rollback', message: RegExp): object => ({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(new RegExp(`^${script}: ${message.source}\\n$`)) as string,
  });
  const current = async (name: string): Promise<string | undefined> =>
    (await createSelectionStore(open.kv).read(name))?.id;

  it('switches a name, prints what it did, and switches it back', async () => {
    const first = await command('publish', folderWith('a', { strategy: 'a' }), '--name', 'mine');
    expect(first).toMatchObject({ status: 0, stderr: '' });
    const published = JSON.parse(first.stdout) as { id: string };
    expect(published).toEqual({ name: 'mine', id: published.id, previous: null, changed: true, earlier: 0 });
    expect(await current('mine')).toBe(published.id);

    const second = await command('publish', folderWith('b', { strategy: 'b' }), '--name', 'mine');
    expect(JSON.parse(second.stdout)).toMatchObject({ previous: published.id, changed: true, earlier: 1 });
    const again = await command('publish', join(place, 'b'), '--name', 'mine');
    expect(JSON.parse(again.stdout)).toMatchObject({ changed: false, earlier: 1 });

    const back = await command('rollback', '--name', 'mine');
    expect(JSON.parse(back.stdout)).toMatchObject({ name: 'mine', id: published.id, earlier: 0 });
    expect(await current('mine')).toBe(published.id);
    expect(await command('rollback', '--name', 'mine')).toEqual(
      refused('rollback', /Nothing was published as "mine" before the current [0-9a-f]{64}/),
    );
  });

  it('takes the record of this encoder as default, and another one only by force', async () => {
    const foreign = folderWith('foreign', { encoder: { id: 'some/clip', fingerprint } });
    const changed = folderWith('changed', { encoder: { id, fingerprint: 'f'.repeat(64) } });
    const own = folderWith('own', { encoder: { id, fingerprint } });
    expect(await command('publish', foreign)).toEqual(
      refused(
        'publish',
        /the record is for encoder "some\/clip", the deployment runs "tiny-clip"\. Publish it under another --name, or insist with --force\./,
      ),
    );
    expect(await command('publish', changed)).toEqual(
      refused(
        'publish',
        /the record is for fingerprint f{64} of "tiny-clip", the deployment runs [0-9a-f]{64}\. .*--force\./,
      ),
    );
    expect(await current('default')).toBeUndefined();
    expect(await command('publish', own)).toMatchObject({ status: 0 });
    expect(await command('publish', foreign, '--name', 'foreign')).toMatchObject({ status: 0 });
    expect(await command('publish', foreign, '--force')).toMatchObject({ status: 0 });
    expect(await current('default')).toBe(await current('foreign'));
  });

  it('says in one line what it cannot publish', async () => {
    const empty = join(place, 'empty');
    mkdirSync(empty);
    const broken = folderWith('broken', {});
    writeFileSync(
      join(broken, 'selection.bin'),
      readFileSync(join(broken, 'selection.bin')).subarray(0, 150),
    );
    expect(await command('publish', empty)).toEqual(
      refused('publish', /cannot read the selection .*: no such file\. .*/),
    );
    expect(await command('publish', broken)).toEqual(
      refused('publish', /the selection .*: Corrupt selection record: length 150, expected \d+/),
    );
    expect(await command('publish', join(place, 'broken'), '--name', 'No Name')).toMatchObject({ status: 1 });
    expect(await command('rollback', '--name', 'nobody')).toEqual(
      refused('rollback', /No selection is published as "nobody"\. There (is|are) .*/),
    );
    expect(await command('publish', empty, '--withdraw-meanings')).toEqual(
      refused('publish', /--withdraw-meanings goes alone with --name: nothing is published/),
    );
    expect(await command('publish')).toMatchObject({ status: 1, stdout: '' });
  });

  it.each(['{"id": "tiny', '{}'])('says what to do about a broken encoder.json: %s', async (text) => {
    const broken = mkdtempSync(join(place, 'broken-'));
    writeFileSync(join(broken, 'encoder.json'), text);
    vi.stubEnv('ALIGNQL_STATE', broken);
    await expect(readRunningEncoder({ isRemote: false, vars: {} })).rejects.toThrow(
      new UserError(
        `${join(broken, 'encoder.json')} cannot be read as the encoder that the server was last started with. Delete it, or run npm start, which writes it anew.`,
      ),
    );
    vi.unstubAllEnvs();
  });

  it('tells that no namespace is configured before it asks the account anything', async () => {
    const folder = folderWith('remote', {});
    const message =
      /wrangler\.toml has no KV namespace for SELECTIONS yet\. Run `npx wrangler kv namespace create SELECTIONS` and .*/;
    expect(await command('publish', folder, '--name', 'x', '--remote')).toEqual(refused('publish', message));
    expect(await command('rollback', '--remote')).toEqual(refused('rollback', message));
  });

  it.each(['publish', 'rollback'] as const)('%s explains itself on stdout', async (script) => {
    const { status, stdout } = await command(script, '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/--name <name>[\s\S]*--remote[\s\S]*"earlier"/);
  });
});
