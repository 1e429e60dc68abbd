import { sys } from '../../sys/call.js';
import { defaultRoot } from '../../state/root/default.js';
import type { OptionTable, OptionValues } from './table.js';
import { usageError } from './usage_error.js';

/** The options before the verb: runc's, plus crun's names for some of them. */
export const globalOptions = {
  debug: { kind: 'switch', about: 'log every system call of tsrun, with timestamps' },
  log: { kind: 'text', value: 'file', about: 'append log entries to this file (default: standard error)' },
  'log-format': { kind: 'text', value: 'format', about: 'text or json (default: text)' },
  'log-level': { kind: 'text', value: 'level', about: 'error, warning or debug (default: warning)' },
  root: { kind: 'text', value: 'directory', about: 'directory for container state; should be on a tmpfs (default: /run/tsrun)' },
  'systemd-cgroup': { kind: 'switch', short: 's', about: 'let systemd manage cgroups; cgroupsPath must then be slice:prefix:name' },
  'cgroup-manager': { kind: 'text', value: 'manager', about: 'cgroupfs, systemd, or disabled for no cgroup (default: cgroupfs)' },
  rootless: {
    kind: 'text',
    value: 'mode',
    about: 'do without cgroups and device rules that this user may not make: true, false, or auto for all but real root (default: auto)',
  },
  'allow-annotation': {
    kind: 'list',
    value: 'name',
    about: 'honour this annotation although it gives access to the host; see docs/annotations.md',
  },
  help: { kind: 'switch', short: 'h', about: 'print help' },
  version: { kind: 'switch', short: 'v', aliases: ['V'], about: 'print the version' },
} as const satisfies OptionTable;

/** The options that apply to every verb. */
export interface Globals {
  readonly debug: boolean;
  /** An absolute path. */
  readonly root: string;
  readonly systemdCgroup: boolean;
  /** `--cgroup-manager disabled`. */
  readonly noCgroup: boolean;
  /** undefined for `auto`. */
  readonly rootless: boolean | undefined;
  /** The names that --allow-annotation gave. */
  readonly allowAnnotations: readonly string[];
  readonly log: LogTarget;
}

export interface LogTarget {
  /** null means standard error. */
  readonly file: string | null;
  readonly format: 'text' | 'json';
}

export function readGlobals(values: OptionValues<typeof globalOptions>): Globals {
  oneOf('rootless', values.rootless, ['true', 'false', 'auto']);
  oneOf('log-level', values['log-level'], ['error', 'warning', 'debug']);
  oneOf('cgroup-manager', values['cgroup-manager'], ['cgroupfs', 'systemd', 'disabled']);
  let root: string | undefined;
  return {
    debug: values.debug || values['log-level'] === 'debug',
    // When it is first needed: --help and spec work whatever XDG_RUNTIME_DIR is.
    get root() {
      return (root ??= absolute(nonEmpty(values.root) ?? defaultRoot()));
    },
    systemdCgroup: values['systemd-cgroup'] || values['cgroup-manager'] === 'systemd',
    noCgroup: values['cgroup-manager'] === 'disabled',
    rootless: values.rootless === undefined || values.rootless === 'auto' ? undefined : values.rootless === 'true',
    allowAnnotations: values['allow-annotation'],
    log: logTarget(values),
  };
}

/** Read on its own, so that a mistake in the other options is reported where the caller looks for it. */
export function logTarget(values: OptionValues<typeof globalOptions>): LogTarget {
  const format = nonEmpty(values['log-format']) ?? 'text';
  if (format !== 'text' && format !== 'json') throw usageError(`invalid log-format: ${format}`);
  // `file:` is how crun distinguishes a path from journald: and syslog:.
  return { file: nonEmpty(values.log?.replace(/^file:/, '')) ?? null, format };
}

function absolute(path: string): string {
  return path.startsWith('/') ? path : `${sys().workingDirectory()}/${path}`;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function oneOf(name: string, value: string | undefined, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value)) return;
  throw usageError(`invalid value ${JSON.stringify(value)} for flag -${name}: must be ${choices.join(' or ')}`);
}
