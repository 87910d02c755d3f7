import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PROJECT_ROOT } from '../kv/project.ts';

const CONFIGS = ['wrangler.toml', 'wrangler.encoder.toml'];

/**
 * The two Workers' configuration files: the project's own, or with an alias copies in `out` that have it. (The command
 * line's `--alias` reaches only the first of two Workers.)
 */
export async function workerConfigs(
  alias: Readonly<Record<string, string>> | null,
  out: string,
): Promise<string[]> {
  if (alias === null) return CONFIGS.map((name) => join(PROJECT_ROOT, name));
  await mkdir(out, { recursive: true });
  const { experimental_readRawConfig } = await import('wrangler');
  return Promise.all(
    CONFIGS.map(async (name) => {
      const { rawConfig } = experimental_readRawConfig({ config: join(PROJECT_ROOT, name) }) as {
        rawConfig: Record<string, unknown>;
      };
      const path = join(out, name.replace(/\.toml$/, '.json'));
      await writeFile(path, JSON.stringify({ ...withAbsolutePaths(rawConfig), alias }, null, 2));
      return path;
    }),
  );
}

/** Paths in a configuration are relative to its file, and the copy lies elsewhere. */
function withAbsolutePaths(config: Record<string, unknown>): Record<string, unknown> {
  const { main, assets } = config;
  return {
    ...config,
    ...(typeof main === 'string' ? { main: resolve(PROJECT_ROOT, main) } : {}),
    ...(isAssets(assets)
      ? { assets: { ...assets, directory: resolve(PROJECT_ROOT, assets.directory) } }
      : {}),
  };
}

function isAssets(value: unknown): value is { directory: string } {
  return (
    typeof value === 'object' && value !== null && 'directory' in value && typeof value.directory === 'string'
  );
}
