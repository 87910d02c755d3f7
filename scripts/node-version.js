// Loaded before a command (`node --import`), in plain old JavaScript: an old Node cannot even read the command's file.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18) || (major === 23 && minor < 6)) {
  console.error(
    `alignql needs Node 22.18 or newer and this is ${process.version}. "npm ci --include=optional" brings one for Linux and Windows; elsewhere install Node 24.`,
  );
  process.exit(1);
}
