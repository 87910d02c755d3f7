import { execFileSync } from 'node:child_process';
import { cpSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../../docs/read-docs.ts';

interface Step {
  readonly name: string;
  readonly text: string;
}

/** What an image would be, on this machine: its files below a folder, its environment and what it starts. */
export interface Image {
  readonly root: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly exposed: number;
}

/** Instructions in order, continued lines joined. */
export function readDockerfile(): Step[] {
  const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name, rest] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      return { name, text: rest.trim() };
    });
}

/**
 * Does in empty folders below `place` what the Dockerfile says, with its default arguments: COPY and RUN of every stage. In place of the base
 * images stand this machine and its Node, in place of `npm ci` the installed packages that later steps name; USER is left out.
 */
export function buildNatively(place: string): Image {
  const stages = new Map<string, Image>();
  let stage = '';
  for (const { name, text } of readDockerfile()) {
    const image = stages.get(stage);
    if (name === 'FROM') {
      stage = / AS (\w+)$/.exec(text)?.[1] ?? 'last';
      stages.set(stage, emptyImage(join(place, stage)));
    } else if (image !== undefined) stages.set(stage, { ...image, ...step(name, text, image, stages) });
  }
  const last = stages.get(stage);
  if (last === undefined) throw new Error('expected FROM in the Dockerfile');
  return last;
}

function emptyImage(root: string): Image {
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  symlinkSync(process.execPath, join(root, 'usr/local/bin/node'));
  return { root, folder: '/', environment: {}, entrypoint: [], exposed: 0 };
}

function step(name: string, text: string, image: Image, stages: ReadonlyMap<string, Image>): Partial<Image> {
  switch (name) {
    case 'WORKDIR':
      mkdirSync(join(image.root, text), { recursive: true });
      return { folder: text };
    case 'ARG':
    case 'ENV':
      return { environment: { ...image.environment, ...assignments(text, image.environment) } };
    case 'COPY':
      copy(text, image, stages);
      return {};
    case 'RUN':
      run(text, image);
      return {};
    case 'EXPOSE':
      return { exposed: Number(text) };
    case 'ENTRYPOINT':
      return { entrypoint: JSON.parse(text) as string[] };
    case 'USER':
    case 'HEALTHCHECK':
      return {};
    default:
      throw new Error(`the Dockerfile has ${name}, which this test does not know`);
  }
}

function assignments(text: string, known: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = text.split(/\s+/).map((pair) => pair.split('='));
  return Object.fromEntries(
    pairs.map(([key, value = '']) => [
      key,
      value.replace(/\$\{(\w+)\}/g, (_, other: string) => known[other] ?? ''),
    ]),
  );
}

function copy(text: string, { root, folder }: Image, stages: ReadonlyMap<string, Image>): void {
  const words = text.split(/\s+/);
  const stage = /^--from=(\w+)$/.exec(words[0])?.[1];
  const from = stage === undefined ? ROOT : stages.get(stage)?.root;
  if (from === undefined) throw new Error(`COPY from ${stage}, expected a stage before it`);
  const paths = words.slice(stage === undefined ? 0 : 1);
  const target = paths[paths.length - 1];
  for (const path of paths.slice(0, -1)) {
    if (stage === undefined) assertSent(path);
    const into = target.endsWith('/') ? join(target, path === '/kept' ? '.' : path) : target;
    const place = into.startsWith('/') ? join(root, into) : join(root, folder, into);
    mkdirSync(dirname(place), { recursive: true });
    if (lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(place);
    cpSync(join(from, path), place, { recursive: true, force: true, verbatimSymlinks: true });
  }
}

/** Of the project Docker sees what .dockerignore takes back from its `*`. */
function assertSent(path: string): void {
  const sent = readFileSync(join(ROOT, '.dockerignore'), 'utf8').matchAll(/^!(.+)$/gm);
  if (Array.from(sent).some(([, prefix]) => path === prefix || path.startsWith(`${prefix}/`))) return;
  throw new Error(`.dockerignore keeps back ${path}`);
}

function run(text: string, { root, folder, environment }: Image): void {
  if (/^npm ci /.test(text)) {
    linkPackages(join(root, folder));
    return;
  }
  const script = text.replaceAll(/(?<=\s)\/(?=\w)/g, `${root}/`);
  execFileSync('/bin/sh', ['-euc', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: join(root, folder),
    env: { PATH: process.env.PATH ?? '', ...environment },
  });
}

/** A package, and a path inside it where only a part is taken. */
const PACKAGE = /^(node_modules\/(?:@[\w.-]+\/)?[\w.-]+)(\/[\w./-]+)?$/;

/**
 * The packages that a step below takes on, as hard links where the disk is the same one.
 * @throws Error for one that `npm ci --omit=dev` would not bring
 */
function linkPackages(folder: string): void {
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, { readonly dev?: true }>>;
  };
  const named = readDockerfile()
    .filter(({ name }) => name === 'RUN')
    .flatMap(({ text }) => text.split(/\s+/))
    .filter((word) => PACKAGE.test(word));
  for (const path of named) {
    const name = PACKAGE.exec(path)?.[1] ?? path;
    if (lock.packages[name]?.dev !== undefined) throw new Error(`${path} is for development only`);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const link = (flag: string): void => {
      execFileSync('cp', [flag, join(ROOT, path), join(folder, path)], { stdio: 'pipe' });
    };
    try {
      link('-al');
    } catch {
      link('-a');
    }
  }
}
