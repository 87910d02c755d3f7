import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const CACHE = join(MODULES, '.cache/alignql');

/** Tells a hang, not a slow machine: as vitest.config.ts has it. */
export const HANGS_MS = 600_000;

/** Chromium comes in an npm package, for Linux on x64 alone. Elsewhere the page's tests are skipped, with a notice. */
export const hasBrowser = process.platform === 'linux' && process.arch === 'x64';

/**
 * Extract Chromium with the libraries and the font it carries, once an install, into node_modules/.cache.
 * The package unpacks into the folder for temporary files, and its libraries only where it believes itself in a Lambda
 * function; so a child process is told both. Nothing of the system is used but glibc: a bare Debian has no NSS.
 * @returns the folder
 */
export async function extractBrowser(): Promise<string> {
  const manifest = await readFile(join(MODULES, '@sparticuz/chromium/package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const folder = join(CACHE, `chromium-${version}`);
  if (await exists(join(folder, 'chromium'))) return folder;
  const staging = `${folder}.${process.pid}`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  const script = `import('@sparticuz/chromium').then(({ default: chromium }) => chromium.executablePath())`;
  await promisify(execFile)(process.execPath, ['-e', script], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { ...process.env, TMPDIR: staging, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
  });
  await writeFile(join(staging, 'fonts.conf'), fontConfig(folder));
  await rename(staging, folder);
  return folder;
}

/** The package's own fonts.conf names /tmp. */
function fontConfig(folder: string): string {
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>`;
}

/** A headless Chromium of this install. Close it. */
export async function launchBrowser(): Promise<Browser> {
  const folder = await extractBrowser();
  return chromium.launch({
    timeout: HANGS_MS,
    executablePath: join(folder, 'chromium'),
    headless: true,
    // CI runs as root, where the sandbox cannot start; containers often have 64 MB of /dev/shm. No call home.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking'],
    env: {
      ...definedOnly(process.env),
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  });
}

function definedOnly(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => !!entry[1]),
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
