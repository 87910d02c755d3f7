import type { CodegenConfig } from '@graphql-codegen/cli';

const shared = {
  enumsAsTypes: true,
  useTypeImports: true,
  immutableTypes: true,
  skipTypename: false,
  nonOptionalTypename: true,
  defaultScalarType: 'unknown',
};

/** Types from schema.graphql: resolvers for the Worker, and plain API types for whatever only speaks HTTP. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  importExtension: '.ts',
  generates: {
    'src/graphql/generated/resolvers.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        ...shared,
        // What a use case gives has no type names; only members of unions are told apart by them.
        nonOptionalTypename: false,
        strictScalars: true,
        scalars: {
          Vector: { input: 'string', output: 'Float32Array' },
          URL: { input: 'string', output: 'never' },
          File: { input: 'Blob', output: 'never' },
          JSON: { input: 'never', output: 'unknown' },
        },
        contextType: '../context.ts#GraphqlContext',
        mappers: {
          AlignmentMatrix: '../../use-cases/matrix-scores.ts#MatrixScores',
          Selection: '../../use-cases/selection-facts.ts#SelectionFacts',
          SelectionPage: '../../use-cases/name-pages.ts#NamePage',
          CorpusPage: '../../use-cases/name-pages.ts#NamePage',
          Corpus: '../../storage/corpus-store.ts#NamedCorpus',
        },
      },
    },
    'src/graphql/generated/api.ts': {
      plugins: ['typescript'],
      config: {
        ...shared,
        strictScalars: true,
        scalars: { Vector: 'string', URL: 'string', File: 'Blob', JSON: 'unknown' },
      },
    },
    'packages/client/src/generated/api.ts': {
      plugins: ['typescript'],
      config: {
        ...shared,
        // The client's results are the API's types: it tells unions apart before it returns one.
        nonOptionalTypename: false,
        skipTypename: true,
        avoidOptionals: { field: true },
        strictScalars: true,
        scalars: { Vector: 'string', URL: 'string', File: 'Blob', JSON: 'unknown' },
      },
    },
  },
};

export default config;
