import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeBundle, stateRoot } from '../oci/harness/index.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from './harness/directory.js';
import { output, project } from './harness/run.js';

const directory = temporaryDirectory();
const commands = join(project, '.cache/package-tools/node_modules/.bin');
const [runtime = '', ...platforms] = output(['scripts/package.sh', 'npm', directory]).trim().split('\n');

/** The packed platform packages by name, in place of those of the registry. */
const overrides = Object.fromEntries(
  platforms.map((file) => [`@tsrun/${/tsrun-(linux-\w+-\w+)-[^/]*$/.exec(file)?.[1] ?? ''}`, `file:${file}`]),
);
const program = `import { Runtime } from '@tsrun/runtime';
const { code, stdout } = await new Runtime({ root: process.argv[3] }).run({ bundle: process.argv[2] });
console.log(code, String(stdout));`;

const yarn = join(commands, 'yarn');
/** Yarn 4.18 does not skip a package for another platform that is a file, as those of `scripts/package.sh cross` are here: it fails. */
const everyPlatform = 'supportedArchitectures: { os: [linux], cpu: [x64, arm64], libc: [glibc, musl] }\n';
const yarnConfig = (linker: string): string =>
  `nodeLinker: ${linker}\n${everyPlatform}enableGlobalCache: false\nenableTelemetry: false\nenableImmutableInstalls: false\nenableNetwork: false\n`;

interface Manager {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly install: readonly string[];
  /** What runs a program of the project, and `node`. */
  readonly execute: readonly string[];
}

const managers: readonly Manager[] = [
  {
    name: 'pnpm',
    // YAML contains JSON.
    files: {
      'pnpm-workspace.yaml': `packages: []\nstoreDir: ${join(directory, 'store')}\nignoredBuiltDependencies: ["@tsrun/runtime"]\nstrictDepBuilds: false\noverrides: ${JSON.stringify(overrides)}\n`,
    },
    install: [join(commands, 'pnpm'), 'install', '--offline'],
    execute: [join(commands, 'pnpm'), 'exec'],
  },
  {
    name: 'Yarn with node_modules',
    files: { '.yarnrc.yml': yarnConfig('node-modules'), 'yarn.lock': '' },
    install: [yarn, 'install'],
    execute: [yarn],
  },
  {
    name: "Yarn with Plug'n'Play",
    files: { '.yarnrc.yml': yarnConfig('pnp'), 'yarn.lock': '' },
    install: [yarn, 'install'],
    execute: [yarn],
  },
];

describe.each(managers)('installed by $name', ({ name, files, install, execute }) => {
  const home = join(directory, name.replaceAll(/\W/g, '-'));
  beforeAll(() => {
    mkdirSync(home);
    const manifest = { private: true, type: 'module', dependencies: { '@tsrun/runtime': `file:${runtime}` }, resolutions: overrides };
    for (const [file, text] of Object.entries({ ...files, 'package.json': JSON.stringify(manifest), 'program.mjs': program }))
      writeFileSync(join(home, file), text);
    output(install, { cwd: home });
  });

  test('the library runs a container', () => {
    const bundle = makeBundle({ script: 'echo hello; exit 3' });
    expect(output([...execute, 'node', 'program.mjs', bundle.directory, stateRoot], { cwd: home })).toBe('3 hello\n\n');
  });

  test('tsrun is the native executable', () => {
    expect(output([...execute, 'tsrun', '--version'], { cwd: home })).toMatch(/^quickjs: /m);
  });

  test('containerd-shim-tsrun-v2 is the executable as a shim', () => {
    expect(output([...execute, 'containerd-shim-tsrun-v2', '-v'], { cwd: home })).toMatch(/^containerd-shim-tsrun-v2:$/m);
  });
});
