import { createRequire } from 'node:module';

/** What scripts/bundle.mjs writes. */
interface Build {
  readonly version: string;
  /** The commit that was built, or `unknown`. */
  readonly commit: string;
}

/** What was built. package.json names the file `#build`, so that the sources, `dist/` and the package all find it. */
export function build(): Build {
  return createRequire(import.meta.url)('#build') as Build;
}
