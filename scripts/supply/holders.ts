/** Whose work a package is that ships without a file of its licence, where its author is not named or another; from its repository. */
export const HOLDERS: Readonly<Record<string, string>> = {
  '@cwasm/jpeg-turbo': 'Linus Unnebäck',
  '@cwasm/nsgif': 'Linus Unnebäck',
  '@graphiql/plugin-doc-explorer': 'GraphQL Contributors',
  '@graphiql/plugin-history': 'GraphQL Contributors',
  '@graphql-tools/schema': 'The Guild',
  'onnxruntime-web': 'Microsoft Corporation',
  'react-compiler-runtime': 'Meta Platforms, Inc. and affiliates',
};
