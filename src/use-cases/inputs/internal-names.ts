/**
 * Names that resolve inside a network, or to an address that stands in the name itself, and never to a picture in public. Each
 * stands for itself and for every name below it. An allow-list of hosts (IMAGE_HOSTS) is what holds against all others.
 */
const NON_PUBLIC_SUFFIXES: readonly string[] = [
  // Set apart by RFC 6761, 6762, 7686, 8375 and 9476, and by ICANN (.internal; .corp, .home and .mail, never to be given out).
  'localhost',
  'local',
  'test',
  'example',
  'invalid',
  'onion',
  'alt',
  'internal',
  'corp',
  'home',
  'mail',
  // Holds home.arpa, ipv4only.arpa and the reverse zones, and no web site.
  'arpa',
  // RFC 6762, appendix G, and what routers and directories of networks hand out.
  'intranet',
  'private',
  'lan',
  'localdomain',
  'localnet',
  'domain',
  'workgroup',
  'router',
  'gateway',
  'belkin',
  'dlink',
  'ip',
  'fritz.box',
  // Clusters: Kubernetes' services and pods, Consul, Nomad, Mesos, Docker.
  'svc',
  'pod',
  'cluster',
  'default',
  'kube',
  'k8s',
  'consul',
  'nomad',
  'mesos',
  'docker',
  // Metadata and private zones of clouds that stand under a public name.
  'metadata.goog',
  'metadata.tencentyun.com',
  'internal.cloudapp.net',
  // Public DNS that answers with the address written in the name, or with this machine's.
  'nip.io',
  'sslip.io',
  'xip.io',
  'ip6.name',
  'traefik.me',
  'backname.io',
  'plex.direct',
  'localtest.me',
  'lvh.me',
  'vcap.me',
  'lacolhost.com',
  'localho.st',
  'rbndr.us',
  '1u.ms',
];

const suffixes: ReadonlySet<string> = new Set(NON_PUBLIC_SUFFIXES);

/**
 * @param host as the URL parser writes it, in lower case and without a dot at its end
 * @returns the suffix by which the name is not public, with a dot before it; null for a public one
 */
export function nonPublicSuffix(host: string): string | null {
  for (let from = 0; from !== -1; from = nextLabel(host, from)) {
    const suffix = host.slice(from);
    if (suffixes.has(suffix)) return `.${suffix}`;
  }
  return null;
}

function nextLabel(host: string, from: number): number {
  const dot = host.indexOf('.', from);
  return dot === -1 ? -1 : dot + 1;
}
