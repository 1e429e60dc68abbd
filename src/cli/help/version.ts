import { specVersion } from '../../spec/version.js';
import { sys } from '../../sys/call.js';
import { printLine } from '../print.js';

/** Set by scripts/bundle.mjs. */
declare const TSRUN_VERSION: string | undefined;
declare const TSRUN_COMMIT: string | undefined;

/** The version of this program, or `unknown` if the build script did not build it. */
export const version = typeof TSRUN_VERSION === 'string' ? TSRUN_VERSION : 'unknown';
export const commit = typeof TSRUN_COMMIT === 'string' ? TSRUN_COMMIT : 'unknown';

/**
 * Formats `tsrun --version` in runc's layout: dockerd splits the line that contains "version" and reads the one that starts with "commit:".
 */
export function printVersion(): void {
  const { engine, seccomp } = sys().versions();
  const lines = [`tsrun version ${version}`, `commit: ${commit}`, `spec: ${specVersion}`, engine.replace(' ', ': ')];
  if (seccomp !== '') lines.push(`libseccomp: ${seccomp}`);
  printLine(lines.join('\n'));
}
