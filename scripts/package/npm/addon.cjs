'use strict';
/** The addon: from the package of this platform, else the one that the install script built. */
const failures = [];
const candidates = [
  `@tsrun/linux-${process.arch}-gnu/tsrun.node`,
  `@tsrun/linux-${process.arch}-musl/tsrun.node`,
  './build/Release/tsrun.node',
];

function load() {
  for (const [name, key] of [
    ['Bun', 'bun'],
    ['Deno', 'deno'],
  ]) {
    if (process.versions[key] !== undefined)
      throw new Error(`@tsrun/runtime: ${name} is not supported, because it lacks functions of libuv that the addon needs; use Node.js`);
  }
  for (const candidate of candidates) {
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
