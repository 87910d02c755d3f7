/** The text of the file, by a rule of wrangler.toml. */
declare module '*.graphql' {
  const text: string;
  export default text;
}
