import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { toCurl, toGraphiqlLink } from '../api/hand-over.ts';
import type { ApiRequest } from '../api/request.ts';
import { useDoor } from '../state/use-door.ts';
import { CopyButton } from './copy-button.tsx';
import { OutIcon } from './icons.tsx';

/** One request behind a view. `note`: when it is sent and why. */
export interface RequestStep {
  readonly title: string;
  readonly note: string;
  readonly request: ApiRequest | null;
}

/** The GraphQL behind a view: exactly what was sent, ready to copy, and a link that opens it in GraphiQL. */
export function RequestPanel({ steps }: { steps: readonly RequestStep[] }): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <details class="requests" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>GraphQL behind this view</summary>
      {open && (
        <div class="request-steps">
          {steps.map(
            ({ title, note, request }) =>
              request !== null && <Step key={title} title={title} note={note} request={request} />,
          )}
        </div>
      )}
    </details>
  );
}

function Step({ title, note, request }: RequestStep & { readonly request: ApiRequest }): JSX.Element {
  const graphiql = useGraphiqlLink(request);
  const { key } = useDoor();
  const variables = JSON.stringify(request.variables, null, 2);
  return (
    <section class="request-step" aria-label={title}>
      <header>
        <h3>{title}</h3>
        <p class="hint">{note}</p>
      </header>
      <div class="request-code">
        <figure>
          <figcaption>Query</figcaption>
          <pre tabIndex={0} role="region" aria-label={`${title}: query`}>
            {request.query}
          </pre>
        </figure>
        <figure>
          <figcaption>Variables</figcaption>
          <pre tabIndex={0} role="region" aria-label={`${title}: variables`}>
            {variables}
          </pre>
        </figure>
      </div>
      <div class="request-actions">
        <CopyButton label="Copy query" text={() => request.query} />
        <CopyButton label="Copy variables" text={() => variables} />
        <CopyButton label="Copy as curl" text={() => toCurl(request, location.origin, key !== null)} />
        {graphiql === null ? (
          <p class="hint">Too large for a link to GraphiQL; the curl command carries it.</p>
        ) : (
          // The page's own: an opened tab gets a copy of this one's storage, and with it the key.
          <a class="button" href={graphiql} target="_blank" rel={key === null ? 'noopener' : 'opener'}>
            <OutIcon /> Open in GraphiQL
          </a>
        )}
      </div>
    </section>
  );
}

/** The link once it is made; GraphiQL's bare address while a file is still being read. */
function useGraphiqlLink(request: ApiRequest): string | null {
  const [link, setLink] = useState<string | null>('/graphiql/');
  useEffect(() => {
    let current = true;
    void toGraphiqlLink(request).then((made) => {
      if (current) setLink(made);
    });
    return () => {
      current = false;
    };
  }, [request]);
  return link;
}
