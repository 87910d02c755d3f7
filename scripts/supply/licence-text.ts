import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import licences from 'spdx-license-list/full.js';
import { PROJECT_ROOT } from '../kv/project.ts';
import type { CompiledWork } from './compiled-works.ts';
import { HOLDERS } from './holders.ts';
import type { LockedPackage } from './lockfile.ts';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)(\.|-|$)/i;
/** Where SPDX's template wants the year and the owner. */
const OWNER_LINE = /^Copyright \(c\) <year> .*$/m;

/** Not on SPDX's list of licences, since it is an exception to one. */
const LLVM_EXCEPTION = `LLVM Exceptions to the Apache 2.0 License

As an exception, if, as a result of your compiling your source code, portions of this Software are embedded into an Object form of such source code, you may redistribute such embedded portions in such Object form without complying with the conditions of Sections 4(a), 4(b) and 4(d) of the License.

In addition, if you combine or link compiled forms of this Software with software that is licensed under the GPLv2 ("Combined Software") and if a court of competent jurisdiction determines that the patent provision (Section 3), the indemnity provision (Section 9) or other Section of the License conflicts with the conditions of the GPLv2, you may retroactively and prospectively choose to deem waived or otherwise exclude such Section(s) of the License, but only in their entirety and only with respect to the Combined Software.`;

/**
 * What the package itself says, or SPDX's text of its licence under the name of its author, or of who HOLDERS names.
 * @throws Error when neither is there
 */
export function packageLicence({ name, licence, path }: LockedPackage): string {
  const folder = join(PROJECT_ROOT, path);
  const files = readdirSync(folder)
    .filter((file) => LICENCE_FILE.test(file))
    .sort();
  if (files.length > 0)
    return files.map((file) => tidy(readFileSync(join(folder, file), 'utf8'))).join('\n\n');
  return licenceText(licence, `Copyright (c) ${holderOf(name, folder)}`);
}

function holderOf(name: string, folder: string): string {
  if (Object.hasOwn(HOLDERS, name)) return HOLDERS[name];
  const { author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    author?: string | { name?: string };
  };
  const holder = typeof author === 'string' ? author.replace(/ *[<(].*/, '') : author?.name;
  if (holder !== undefined && holder !== '') return holder;
  throw new Error(
    `${name} has neither a file of its licence nor an author: name its holder in scripts/supply/holders.ts`,
  );
}

/** The texts of all licences of a compiled work, under its copyright. */
export function workLicence({ licences: ids, copyright }: CompiledWork): string {
  return ids.map((id, at) => licenceText(id, at === 0 ? copyright : '')).join('\n\n');
}

function licenceText(id: string, copyright: string): string {
  if (id === 'LLVM-exception') return LLVM_EXCEPTION;
  if (!Object.hasOwn(licences, id)) throw new Error(`SPDX has no licence ${id}`);
  const text = tidy(licences[id].licenseText);
  if (OWNER_LINE.test(text)) return tidy(text.replace(OWNER_LINE, () => copyright));
  return copyright === '' ? text : `${copyright}\n\n${text}`;
}

function tidy(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[ \t\f]+$/gm, '')
    .trim();
}
