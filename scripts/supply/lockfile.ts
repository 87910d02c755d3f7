import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../kv/project.ts';

/** A package as package-lock.json pins it. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly licence: string;
  /** Such as node_modules/a/node_modules/@b/c; what tells two versions of one name apart. */
  readonly path: string;
  /** Of the tests and builds only: nothing that runs needs it. */
  readonly isDev: boolean;
}

interface Lockfile {
  readonly packages: Readonly<
    Record<
      string,
      {
        name?: string;
        version?: string;
        license?: string;
        dev?: boolean;
        devOptional?: boolean;
        link?: boolean;
      }
    >
  >;
}

/** Every package of others in package-lock.json by its path, those of other platforms too; not this project and its own packages. */
export function readLockfile(
  text = readFileSync(join(PROJECT_ROOT, 'package-lock.json'), 'utf8'),
): Map<string, LockedPackage> {
  const packages = Object.entries((JSON.parse(text) as Lockfile).packages).filter(
    ([path, { link = false }]) => path.includes('node_modules/') && !link,
  );
  return new Map(
    packages.map(([path, { name, version = '', license = '', dev = false, devOptional = false }]) => [
      path,
      { name: name ?? nameOf(path), version, licence: license, path, isDev: dev || devOptional },
    ]),
  );
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
