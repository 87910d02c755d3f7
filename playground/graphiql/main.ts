import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { Fragment, type ReactElement, createElement, useMemo, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { fetchWithKey, readDoor, subscribeDoor } from '../src/api/door.ts';
import { KeyBar } from './key-bar.ts';
import { OPENING_QUERY, OPENING_VARIABLES } from './opening-query.ts';
import './page.css';

const root = document.getElementById('graphiql');
if (root === null) throw new Error('Expected an element with the id "graphiql".');

// The page's "Open in GraphiQL" links hand over in the fragment: it is never sent to a server.
const handedOver = new URLSearchParams(location.hash.slice(1));

/** GraphiQL keeps its tabs here; what a person wrote at an earlier visit stays. */
const TABS_KEY = 'graphiql:tabState';

/** A query that was handed over; else that of a first visit; else what GraphiQL has kept. */
function opening(): { readonly query?: string; readonly variables?: string } {
  const query = handedOver.get('query');
  if (query !== null) return { query, variables: handedOver.get('variables') ?? '' };
  return hasTabs() ? {} : { query: OPENING_QUERY, variables: OPENING_VARIABLES };
}

function hasTabs(): boolean {
  try {
    return localStorage.getItem(TABS_KEY) !== null;
  } catch {
    return false; // a browser that keeps nothing for this site
  }
}

const opened = opening();

function Page(): ReactElement {
  const door = useSyncExternalStore(subscribeDoor, readDoor);
  // Another fetcher is what makes GraphiQL read the schema again, which the last key may not have opened.
  const fetcher = useMemo(() => createGraphiQLFetcher({ url: '/graphql', fetch: fetchWithKey }), [door.key]);
  return createElement(
    Fragment,
    null,
    createElement(KeyBar, { door }),
    createElement(GraphiQL, { fetcher, defaultEditorToolsVisibility: 'variables', ...opened }),
  );
}

createRoot(root).render(createElement(Page));
