import { AppError } from '../../errors.ts';

/** Whether images are fetched from this host, given as the URL parser writes it, in lower case and without a dot at its end. */
export type ImageHosts = (host: string) => boolean;

const ANY = '*';
const NONE = 'none';

/**
 * IMAGE_HOSTS, the hosts that an image URL, and every redirect from it, may name: `*` (the default: every public one), `none`, or
 * a list separated by commas or blanks of exact hosts and of `*.example.com`, which stands for every name below example.com and
 * not for example.com itself. It only narrows: what is not public stays refused.
 * @throws AppError INTERNAL naming the variable and the entry that is no host
 */
export function readImageHosts(env: { readonly IMAGE_HOSTS?: string }): ImageHosts {
  const entries = (env.IMAGE_HOSTS ?? ANY).split(/[\s,]+/).filter((entry) => entry !== '');
  if (entries.length === 0) throw invalid('""', 'expected "*", "none" or hosts');
  if (entries.length === 1 && entries[0] === ANY) return () => true;
  if (entries.length === 1 && entries[0] === NONE) return () => false;
  const exact = new Set<string>();
  const parents: string[] = [];
  for (const entry of entries) {
    const isWildcard = entry.startsWith('*.');
    const host = readHost(isWildcard ? entry.slice(2) : entry);
    if (host === null || (isWildcard && !host.includes('.'))) {
      throw invalid(JSON.stringify(entry), 'expected a host such as images.example.com or *.example.com');
    }
    if (isWildcard) parents.push(`.${host}`);
    else exact.add(host);
  }
  return (host) => exact.has(host) || parents.some((parent) => host.endsWith(parent));
}

/** A host alone, as a URL writes it: no scheme, port, path or user. Null for anything else. */
function readHost(text: string): string | null {
  if (/[/:@?#*\\]/.test(text)) return null;
  const host = URL.parse(`https://${text}/`)?.hostname.replace(/\.+$/, '') ?? '';
  return host === '' ? null : host;
}

function invalid(entry: string, expected: string): AppError {
  return new AppError('INTERNAL', `IMAGE_HOSTS has ${entry}: ${expected}`);
}
