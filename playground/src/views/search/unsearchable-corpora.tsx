import type { JSX } from 'preact';
import type { CorpusData } from '../../api/search-operations.ts';

/** The corpora that this deployment cannot search, each with the reason. */
export function UnsearchableCorpora({ corpora }: { corpora: readonly CorpusData[] }): JSX.Element | null {
  const others = corpora.flatMap(({ name, searchError }) => (searchError ? [{ name, searchError }] : []));
  if (others.length === 0) return null;
  return (
    <div class="hint unsearchable">
      <p>Cannot be searched here:</p>
      <ul>
        {others.map(({ name, searchError }) => (
          <li key={name}>
            <strong>{name}</strong>: {searchError.message}
          </li>
        ))}
      </ul>
    </div>
  );
}
