import { relative } from 'node:path';
import { PROJECT_ROOT } from '../kv/project.ts';
import { SECRETS } from './encoder-vars.ts';
import type { Plan } from './plan.ts';

export interface PlannedStep {
  readonly step: string;
  readonly would: string;
}

export const namespaceTitle = (name: string, binding: string): string => `${name}-${binding}`;

/** The steps of a run, in their order; nothing was asked of anybody for it. */
export function describePlan(
  { name, route, auth, vars, options, previous }: Plan,
  path: string,
  secrets: readonly string[],
): PlannedStep[] {
  const titles = ['SELECTIONS', 'CORPORA'].map((binding) => namespaceTitle(name, binding));
  const file = path.startsWith(PROJECT_ROOT) ? relative(PROJECT_ROOT, path) : path;
  const steps: PlannedStep[] = [
    { step: 'account', would: 'check the login, by listing the KV namespaces' },
    { step: 'encoder', would: encoderStep(route, vars) },
    { step: 'namespaces', would: `find or create ${titles.join(' and ')}` },
    {
      step: 'file',
      would: `${previous === null ? 'write' : 'compare, and write where it differs,'} ${file}: AUTH "${auth}"`,
    },
    { step: 'page', would: 'build it, unless it was built from these sources' },
  ];
  if (route === 'worker')
    steps.push({ step: 'encoder Worker', would: `upload ${name}-encoder where it differs` });
  if (secrets.length > 0) {
    const where = options.replaceSecrets ? 'anew' : 'unless the Worker has it';
    steps.push({ step: 'secrets', would: `set ${secrets.join(', ')} ${where}` });
  }
  steps.push({ step: 'API Worker', would: `upload ${name} where it differs` });
  steps.push({ step: 'selections', would: selectionsStep(route, options.selection) });
  steps.push({
    step: 'doctor',
    would: `check what answers at ${options.url ?? previous?.url ?? 'the address that the upload names'}`,
  });
  return steps;
}

/** Of the secrets that this deployment may have, those with a value. */
export function givenSecrets(route: Plan['route'], environment: Readonly<Record<string, string>>): string[] {
  return route === 'http' ? SECRETS.filter((name) => Boolean(environment[name])) : [];
}

function encoderStep(route: Plan['route'], vars: Plan['vars']): string {
  if (route === 'worker') return 'take the small model of models/tiny-clip, in a Worker of its own';
  if (route === 'ai') return `take ${vars.AI_MODEL} behind the AI binding`;
  return `ask ${vars.ENCODER_URL} (${vars.ENCODER_PRESET ?? 'openai'}) which model it serves`;
}

function selectionsStep(route: Plan['route'], folder: string | undefined): string {
  if (folder !== undefined) return `publish ${folder} as default`;
  return route === 'ai'
    ? 'publish none: give --selection DIR, as precompute writes it'
    : 'publish those of the sample set, where the encoder is the small model and there is no default yet';
}
