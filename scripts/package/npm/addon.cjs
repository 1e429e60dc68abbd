'use strict';
/** The addon: from the package of this platform, else the one that the install script built. */
const { version } = require('./package.json');
const failures = [];

/** That of this Node.js; asked only when it matters, since the report takes milliseconds. */
const isMusl = () => process.report.getReport().header.glibcVersionRuntime === undefined;

/** The packages of this architecture that are installed in this version: one, unless somebody installed for other machines, too. */
function packages() {
  const found = ['gnu', 'musl'].map((libc) => `@tsrun/linux-${process.arch}-${libc}`).filter(isInstalled);
  // Where gcompat is installed, musl would load the addon for glibc.
  return found.length > 1 && isMusl() ? found.toReversed() : found;
}

function isInstalled(name) {
  let manifest;
  try {
    manifest = require(`${name}/package.json`);
  } catch {
    return false;
  }
  if (manifest.version !== version) failures.push(`${name} is version ${manifest.version} instead of ${version}`);
  return manifest.version === version;
}

function load() {
  for (const [name, key] of [
    ['Bun', 'bun'],
    ['Deno', 'deno'],
  ]) {
    if (process.versions[key] !== undefined)
      throw new Error(`@tsrun/runtime: ${name} is not supported, because it lacks functions of libuv that the addon needs; use Node.js`);
  }
  for (const candidate of [...packages().map((name) => `${name}/tsrun.node`), './build/Release/tsrun.node']) {
    try {
      return require(candidate);
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') failures.push(error.message);
    }
  }
  const reason = failures.length === 0 ? 'the package of this platform is not installed' : failures.join('; ');
  throw new Error(
    `@tsrun/runtime: no native addon for ${process.platform} ${process.arch}: ${reason}. Install again with optional dependencies and install scripts`,
  );
}

module.exports = load();
