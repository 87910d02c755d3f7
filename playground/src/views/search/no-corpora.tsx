import type { JSX } from 'preact';
import { CopyButton } from '../../components/copy-button.tsx';
import { RetryIcon } from '../../components/icons.tsx';
import type { CorpusData } from '../../api/search-operations.ts';
import { UnsearchableCorpora } from './unsearchable-corpora.tsx';

const COMMAND = 'npm run -s index -- --corpus samples models/sample/captions.csv';

interface Props {
  /** Corpora that are there, none of which can be searched. */
  readonly unsearchable: readonly CorpusData[];
  readonly onLook: () => void;
}

/** What to do where nothing can be searched yet. */
export function NoCorpora({ unsearchable, onLook }: Props): JSX.Element {
  return (
    <section class="panel no-corpora" aria-labelledby="no-corpora-title">
      <h2 id="no-corpora-title">Nothing to search yet</h2>
      <p class="lead">
        A corpus is many embeddings packed for search. This command makes one of the sample pictures; give it
        your own folder or table in place of theirs.
      </p>
      <UnsearchableCorpora corpora={unsearchable} />
      <pre tabIndex={0} role="region" aria-label="Command">
        {COMMAND}
      </pre>
      <div class="request-actions">
        <CopyButton label="Copy command" text={() => COMMAND} />
        <button type="button" class="button" onClick={onLook}>
          <RetryIcon /> Look again
        </button>
        <p class="hint">A running server looks for new ones every second.</p>
      </div>
    </section>
  );
}
