import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterTest, expect, makeBundle, newDirectory, stateRoot, test } from '../oci/harness/index.js';
import { recordingCriu } from '../programs/criu/recording.js';
import { compileText, project } from './harness/example.js';

const read = (path: string): string => readFileSync(project + path, 'utf8');

interface Example {
  readonly name: string;
  readonly code: string;
}

/** The blocks after `@example` in a file's docstrings, named after the documented item. */
function examplesOf(file: string): readonly Example[] {
  const block =
    /@example\n\s*\* ```ts\n([\s\S]*?)\n\s*\* ```[\s\S]*?\*\/\s*\n\s*(?:export )?(?:async )?(?:class |function\*? )?([\w[\].]+)/g;
  return [...read(file).matchAll(block)].map(([, code = '', name = '']) => ({
    name: `${file.replace('src/', '')}: ${name}`,
    code: code.replace(/^ *\* ?/gm, ''),
  }));
}

const files = [
  ...readdirSync(`${project}src/library`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/library/${name}`),
  'src/errors/runtime_error.ts',
];
const [readme = ''] = /(?<=```ts\n)[\s\S]*?(?=```)/.exec(read('README.md')) ?? [];
const examples: readonly Example[] = [...files.flatMap(examplesOf), { name: 'README.md', code: readme }];

/** The program of the bundles that the examples use. */
const hello = 'read name || name=world; echo hello $name';
const scripts = { hello, bundle: hello, service: "trap 'exit 0' TERM; while :; do sleep 0.05; done" };

/** The output that an example promises. */
const printed = (code: string): string => [...code.matchAll(/\/\/ prints (.*)$/gm)].map(([, line = '']) => `${line}\n`).join('');

test('every public method of the library has an example', () => {
  const names = examples.map(({ name }) => name.replace(/.*: /, ''));
  expect(names).toEqual(
    expect.arrayContaining([
      ...['Runtime', 'prewarm', 'create', 'run', 'plan', 'check', 'spec', 'features', 'restore', 'get', 'list'],
      ...['Container', 'start', 'exec', 'kill', 'wait', 'state', 'pause', 'resume', 'update', 'checkpoint', 'copyIn', 'copyOut', 'delete'],
      ...['ExecProcess', 'Terminal', 'resize', 'attach', 'readLog', 'WarmPool', 'fill', 'close', 'RuntimeError'],
    ]),
  );
});

test('the examples in the docstrings and the README have the right types', () => {
  const directory = `${project}.cache/examples/types-${process.pid}`;
  mkdirSync(directory, { recursive: true });
  afterTest(() => {
    rmSync(directory, { recursive: true });
  });
  const sources = examples.map(({ code }, index) => {
    writeFileSync(`${directory}/${index}.ts`, code);
    return `${directory}/${index}.ts`;
  });
  const config = ts.getParsedCommandLineOfConfigFile(
    `${project}tsconfig.node.json`,
    { incremental: false },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (problem) => {
        throw new Error(ts.flattenDiagnosticMessageText(problem.messageText, '\n'));
      },
    },
  );
  // The published declarations, as a user sees them.
  const paths = { '@tsrun/runtime': [`${project}dist/library/index.d.ts`] };
  const { tsBuildInfoFile: _unused, ...inherited } = config?.options ?? {};
  const options = { ...inherited, paths, incremental: false, skipLibCheck: true, noUnusedLocals: false };
  const compiled = ts.createProgram([`${project}src/globals.d.ts`, ...sources], options);
  const problems = ts.getPreEmitDiagnostics(compiled).map(({ file, start = 0, messageText }) => {
    const name = examples[sources.indexOf(file?.fileName ?? '')]?.name ?? file?.fileName;
    return `${name}, character ${start}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  expect(problems).toEqual([]);
});

test.each(examples)('the example of $name runs and prints what it promises', async ({ code }) => {
  const directory = newDirectory();
  for (const [name, script] of Object.entries(scripts)) symlinkSync(makeBundle({ script }).directory, `${directory}/${name}`);
  const outfile = await compileText(
    'docstring',
    code.replace('new Runtime()', `new Runtime({ root: ${JSON.stringify(stateRoot)} })`),
    project,
  );
  // Not every machine has CRIU.
  const env = { ...process.env, ...recordingCriu().env };
  const running = promisify(execFile)(process.execPath, [outfile], { cwd: directory, env });
  running.child.stdin?.end();
  const { stdout: shown, stderr } = await running;
  // A terminal ends lines so.
  const stdout = shown.replaceAll('\r\n', '\n');
  expect(stderr).toBe('');
  if (code.includes('// prints')) expect(stdout).toBe(printed(code));
  else expect(stdout).toBe('hello world\n');
});
