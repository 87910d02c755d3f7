import { COMPILED_FILES, type CompiledWork } from './compiled-works.ts';
import { packageLicence, workLicence } from './licence-text.ts';
import type { LockedPackage } from './lockfile.ts';
import type { Shipped } from './shipped.ts';

const RULE = '-'.repeat(80);

const HEAD = `Third-party notices of alignql

Written by \`npm run -s licences\`; CI checks that it is current. What the project's own files, weights and pictures are licensed
under stands in LICENSE and NOTICE.`;

/**
 * THIRD-PARTY-NOTICES.txt: what ships, with its licence; what the commands install; the licences' texts, each once.
 * @param lockfile as `readLockfile` gives it
 */
export function renderNotices(shipped: Shipped, lockfile: ReadonlyMap<string, LockedPackage>): string {
  const worker = find(shipped.workerPackages, lockfile);
  const page = find(shipped.pagePackages, lockfile);
  const works = compiledWorks(shipped.compiledFiles);
  const commands = [...lockfile.values()].filter(({ isDev }) => !isDev);
  const sections = [
    HEAD,
    section('In the Workers: packages', lines(worker)),
    section('In the Workers: compiled into their WebAssembly', works.map(workLine)),
    section('In the page and GraphiQL', lines(page)),
    section(
      'Beside the commands: installed by npm, each with its own licence file, and not part of what the project passes on',
      lines(commands),
    ),
    ...licenceTexts([...worker, ...page], works).map(
      ({ names, text }) => `${RULE}\n${names.join('\n')}\n\n${text}`,
    ),
  ];
  return `${sections.join('\n\n')}\n`;
}

function find(folders: readonly string[], lockfile: ReadonlyMap<string, LockedPackage>): LockedPackage[] {
  return folders.map((folder) => {
    const found = lockfile.get(folder);
    if (found === undefined) throw new Error(`${folder} ships, but package-lock.json does not know it`);
    return found;
  });
}

/** The works of all files, each once, under the name of the first file that has it. */
export function compiledWorks(files: readonly string[]): CompiledWork[] {
  const works = files.flatMap((file) => COMPILED_FILES[file].works);
  return [...new Map(works.map((work) => [work.name, work])).values()];
}

function section(title: string, rows: readonly string[]): string {
  return `${RULE}\n${title}\n\n${rows.join('\n')}`;
}

function lines(packages: readonly LockedPackage[]): string[] {
  return [...new Set(packages.map((entry) => `${label(entry)}: ${entry.licence}`))].sort();
}

function label({ name, version }: LockedPackage): string {
  return `${name} ${version}`;
}

function workLabel({ name, version = '' }: CompiledWork): string {
  return version === '' ? name : `${name} ${version}`;
}

function workLine(work: CompiledWork): string {
  return `${workLabel(work)}: ${work.licences.join(', ')}. ${work.source}`;
}

function licenceTexts(
  packages: readonly LockedPackage[],
  works: readonly CompiledWork[],
): { readonly names: readonly string[]; readonly text: string }[] {
  const names = new Map<string, Set<string>>();
  const add = (text: string, name: string): void => {
    names.set(text, (names.get(text) ?? new Set()).add(name));
  };
  for (const entry of packages) add(packageLicence(entry), label(entry));
  for (const work of works) add(workLicence(work), workLabel(work));
  return [...names].map(([text, holders]) => ({ names: [...holders].sort(), text }));
}
