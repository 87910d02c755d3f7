/** A file as a data: URI, by Vite. */
declare module '*?inline' {
  const uri: string;
  export default uri;
}
