import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../kv/project.ts';
import { COMPILED_FILES, type CompiledWork } from './compiled-works.ts';

/** Of CycloneDX 1.5, what is read or added here. */
export interface Component {
  readonly 'bom-ref': string;
  readonly type: string;
  readonly name: string;
  readonly version?: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly { readonly license?: { readonly id?: string; readonly name?: string } }[];
  readonly copyright?: string;
  readonly components?: readonly Component[];
  readonly externalReferences?: readonly { readonly type: string; readonly url: string }[];
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn: readonly string[];
}

export interface BillOfMaterials {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
}

interface EncoderCard {
  readonly id: string;
  readonly fingerprint: string;
  /** SHA-256 by path. */
  readonly files: Readonly<Record<string, string>>;
}

const MODEL = 'models/tiny-clip';

/**
 * npm's list of everything locked, made into what runs or ships: without what only tests and builds need, with the works that
 * stand compiled in WebAssembly and the embedded encoder, under the project's name.
 * @param locked as `npm sbom --sbom-format cyclonedx` prints it, dev packages included: with `--omit dev` it also leaves out
 *   what both need
 */
export function completeBill(locked: BillOfMaterials, name: string): BillOfMaterials {
  const packages = locked.components.filter(({ properties = [] }) => !properties.some(isDevelopment));
  const works = Object.entries(COMPILED_FILES).flatMap(([file, { package: owner, works: inside }]) =>
    inside.map((work) => ({ owner: ownerRef(packages, owner, file), component: workComponent(work) })),
  );
  const additions = new Map(works.map(({ component }) => [component['bom-ref'], component]));
  const model = modelComponent();
  const components = [...packages, ...additions.values(), model];
  const known = new Set(components.map((component) => component['bom-ref']));
  const root = locked.metadata.component['bom-ref'];
  const dependencies = locked.dependencies
    .filter(({ ref }) => ref === root || known.has(ref))
    .map(({ ref, dependsOn }) => ({
      ref,
      dependsOn: [
        ...dependsOn.filter((other) => known.has(other)),
        ...works.filter(({ owner }) => owner === ref).map(({ component }) => component['bom-ref']),
        ...(ref === root ? [model['bom-ref']] : []),
      ],
    }));
  const metadata = {
    ...locked.metadata,
    component: { ...locked.metadata.component, type: 'application', name },
  };
  return { ...locked, metadata, components, dependencies };
}

function isDevelopment({ name, value }: { readonly name: string; readonly value: string }): boolean {
  return name === 'cdx:npm:package:development' && value === 'true';
}

function ownerRef(packages: readonly Component[], owner: string | null, file: string): string {
  const found = packages.find(({ name }) => name === owner);
  if (found === undefined) throw new Error(`${file} is of ${owner}, which package-lock.json does not have`);
  return found['bom-ref'];
}

function workComponent({ name, version = '', licences, copyright, source }: CompiledWork): Component {
  return {
    'bom-ref': `compiled:${name}`,
    type: 'library',
    name,
    version,
    // SPDX knows the exception only as part of an expression.
    licenses: licences.map((id) => ({ license: id === 'LLVM-exception' ? { name: id } : { id } })),
    copyright,
    externalReferences: [{ type: 'website', url: source }],
  };
}

/** The embedded encoder, its files with the hashes that encoder.json names. */
function modelComponent(): Component {
  const card = readFileSync(join(PROJECT_ROOT, MODEL, 'encoder.json'), 'utf8');
  const { id, fingerprint, files } = JSON.parse(card) as EncoderCard;
  return {
    'bom-ref': `model:${id}`,
    type: 'machine-learning-model',
    name: id,
    version: fingerprint,
    licenses: [{ license: { id: 'CC-BY-SA-4.0' } }],
    components: Object.entries(files).map(([file, content]) => ({
      'bom-ref': `model:${id}/${file}`,
      type: 'file',
      name: `${MODEL}/${file}`,
      hashes: [{ alg: 'SHA-256', content }],
    })),
  };
}
