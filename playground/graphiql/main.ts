import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import './page.css';

const FIRST_QUERY = `# alignql: does this text describe this image, and how sure are we?
# Ctrl-Enter runs the query. The page's views open here with their own query filled in.
{
  encoder {
    id
    dim
  }
  selections {
    name
    strategy
    k
    dim
  }
}
`;

const root = document.getElementById('graphiql');
if (root === null) throw new Error('Expected an element with the id "graphiql".');

// The page's "Open in GraphiQL" links hand over in the fragment: it is never sent to a server.
const handedOver = new URLSearchParams(location.hash.slice(1));
const query = handedOver.get('query');

createRoot(root).render(
  createElement(GraphiQL, {
    fetcher: createGraphiQLFetcher({ url: '/graphql' }),
    defaultQuery: FIRST_QUERY,
    ...(query !== null && { query, variables: handedOver.get('variables') ?? '' }),
  }),
);
