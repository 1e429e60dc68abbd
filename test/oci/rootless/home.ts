import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, makeBundle, newDirectory, runtimeCommand, start, type Config, type Outcome } from '../harness/index.js';

/** nobody, who has no rights. */
export const user = 65534;

/** Other users cannot reach the project, so they get a copy of the executable; Node.js would need all of the project. */
export const isExecutable = runtimeCommand.length === 1;

export interface Home {
  readonly directory: string;
  readonly tsrun: string;
  /** XDG_RUNTIME_DIR. */
  readonly runtime: string;
}

export function home(): Home {
  const directory = newDirectory();
  for (let path = directory; path !== '/'; path = dirname(path)) if (statSync(path).uid === 0 && path !== '/run') chmodSync(path, 0o755);
  const [tsrun, runtime] = [join(directory, 'tsrun'), join(directory, 'runtime')];
  copyFileSync(runtimeCommand[0] ?? '', tsrun);
  chmodSync(tsrun, 0o755);
  mkdirSync(runtime, { mode: 0o700 });
  chownSync(runtime, user, user);
  return { directory, tsrun, runtime };
}

export const asUser = ({ runtime }: Home): readonly string[] => [
  ...['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'],
  ...['env', `XDG_RUNTIME_DIR=${runtime}`],
];

export function call(at: Home, args: readonly string[], options: { readonly cwd?: string; readonly path?: string } = {}): Promise<Outcome> {
  return start([...asUser(at), at.tsrun, ...args], { cwd: options.cwd ?? '/', env: { PATH: options.path ?? '/usr/bin:/bin' } }).done;
}

/** As `tsrun spec --rootless` writes it, with another program. */
export async function bundleOf(at: Home, script: string, change: (config: Config) => void = () => undefined): Promise<string> {
  const { directory } = makeBundle({ owner: user });
  chownSync(directory, user, user);
  unlinkSync(join(directory, 'config.json'));
  const written = await call(at, ['spec', '--rootless'], { cwd: directory });
  expect(written).toMatchObject({ code: 0, stderr: '' });
  const config = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as Config;
  config.process.terminal = false;
  config.process.args = ['sh', '-c', script];
  change(config);
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
  return directory;
}
