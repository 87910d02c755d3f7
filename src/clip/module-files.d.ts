/** What the Worker's bundler makes of files that are not JavaScript; the rules are in wrangler.toml. */
declare module '*.onnx' {
  const bytes: ArrayBuffer;
  export default bytes;
}

declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
