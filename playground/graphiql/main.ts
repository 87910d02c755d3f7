import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
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

createRoot(root).render(
  createElement(GraphiQL, {
    fetcher: createGraphiQLFetcher({ url: '/graphql' }),
    defaultEditorToolsVisibility: 'variables',
    ...opening(),
  }),
);
