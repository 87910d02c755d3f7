import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** x86's vector instructions, the widest first: how the kernel calls them and how people do. */
const VECTORS = [
  ['avx512f', 'AVX-512'],
  ['avx2', 'AVX2'],
  ['sse4_2', 'SSE4.2'],
] as const;

/**
 * The processor as figures should name it. Virtual machines often show no more than a family name ("AMD EPYC"), so what the
 * kernel tells of family, model and vector instructions stands behind it, as in `AMD EPYC (family 25, model 17, AVX-512)`.
 */
export function processorName(): string {
  return describeProcessor(cpus().at(0)?.model.trim() ?? '', readCpuInfo());
}

/** @param cpuInfo text of /proc/cpuinfo, or null where there is none */
export function describeProcessor(model: string, cpuInfo: string | null): string {
  const fields = new Map(
    // The first processor stands for all.
    (cpuInfo ?? '')
      .split('\n\n')[0]
      .split('\n')
      .map((line): [string, string] => {
        const [name, value = ''] = line.split(':');
        return [name.trim(), value.trim()];
      }),
  );
  const flags = fields.get('flags')?.split(' ') ?? [];
  const details = [
    ...['cpu family', 'model']
      .filter((name) => fields.has(name))
      .map((name) => `${name.replace('cpu ', '')} ${fields.get(name)}`),
    ...VECTORS.filter(([flag]) => flags.includes(flag))
      .slice(0, 1)
      .map(([, name]) => name),
  ];
  const name = model === '' || model === 'unknown' ? `unnamed ${process.arch} processor` : model;
  return details.length === 0 ? name : `${name} (${details.join(', ')})`;
}

function readCpuInfo(): string | null {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    // A probe: only Linux has it.
    return null;
  }
}
