/** One published weakness of one package. */
export interface Advisory {
  readonly id: string;
  readonly package: string;
  readonly severity: string;
  readonly title: string;
  /** The versions that have it. */
  readonly range: string;
}

/** Advisories of the locked packages that do not reach what runs, by id, each with why. */
export const EXPLAINED: Readonly<Record<string, string>> = {};

interface AuditReport {
  readonly vulnerabilities: Readonly<Record<string, { readonly via: readonly (string | AuditCause)[] }>>;
}

interface AuditCause {
  readonly name: string;
  readonly url: string;
  readonly severity: string;
  readonly title: string;
  readonly range: string;
}

/**
 * The advisories of `npm audit --json`, each once, by id. A package that is named only because it depends on another one has no
 * advisory of its own.
 * @returns null when the registry did not answer: nothing is known then
 */
export function readAdvisories(report: unknown): Advisory[] | null {
  if (typeof report !== 'object' || report === null || !('vulnerabilities' in report)) return null;
  const causes = Object.values((report as AuditReport).vulnerabilities)
    .flatMap(({ via }) => via)
    .filter((cause) => typeof cause !== 'string');
  const advisories = causes.map(({ name, url, severity, title, range }) => ({
    id: url.slice(url.lastIndexOf('/') + 1),
    package: name,
    severity,
    title,
    range,
  }));
  return [...new Map(advisories.map((advisory) => [advisory.id, advisory])).values()].sort((a, b) =>
    a.id < b.id ? -1 : 1,
  );
}
