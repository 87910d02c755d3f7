import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { encodeVector } from '../clip/vector-text.ts';

/**
 * `Vector` and `URL` are only required to be strings here. What they hold is judged item by item in the resolvers: one
 * bad vector of a list must not fail its neighbours, as an error in coercion would.
 */
function readString(name: string): (value: unknown) => string {
  return (value) => {
    if (typeof value === 'string') return value;
    throw new GraphQLError(`${name} must be a string.`);
  };
}

function readStringLiteral(name: string): (node: ValueNode) => string {
  return (node) => {
    if (node.kind === Kind.STRING) return node.value;
    throw new GraphQLError(`${name} must be a string.`, { nodes: node });
  };
}

function inputOnly(name: string): () => never {
  return () => {
    throw new TypeError(`${name} is an input only`);
  };
}

export const VectorScalar = new GraphQLScalarType<string, string>({
  name: 'Vector',
  parseValue: readString('Vector'),
  parseLiteral: readStringLiteral('Vector'),
  serialize(value) {
    if (value instanceof Float32Array) return encodeVector(value);
    throw new TypeError('Vector expects a Float32Array');
  },
});

export const UrlScalar = new GraphQLScalarType<string, never>({
  name: 'URL',
  parseValue: readString('URL'),
  parseLiteral: readStringLiteral('URL'),
  serialize: inputOnly('URL'),
});

export const FileScalar = new GraphQLScalarType<Blob, never>({
  name: 'File',
  parseValue(value) {
    if (value instanceof Blob) return value;
    throw new GraphQLError(
      'File must be a part of a multipart request: https://github.com/jaydenseric/graphql-multipart-request-spec',
    );
  },
  parseLiteral(node) {
    throw new GraphQLError('File must be given as a variable.', { nodes: node });
  },
  serialize: inputOnly('File'),
});
