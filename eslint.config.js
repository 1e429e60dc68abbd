import tseslint from 'typescript-eslint';
import { wallRule } from './scripts/eslint/walls.js';

/** What exists on one host only: the folders that both hosts run reach all of it through sys. */
const hostGlobals = [
  'console',
  'process',
  'Buffer',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'fetch',
  'globalThis',
];

export default tseslint.config(
  { ignores: ['dist/', 'build/', '.cache/', 'node_modules/', 'coverage/', '**/*.d.ts'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strict],
    languageOptions: { parserOptions: { project: ['./tsconfig.node.json'], tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-implied-eval': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { tsrun: { rules: { walls: wallRule } } },
    rules: {
      'tsrun/walls': 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'Math',
          property: 'random',
          message:
            'its seed is part of the heap images (docs/decisions/0009): every start would get the same numbers; ask sys for random bytes',
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/library/**', 'src/entry/node.ts', 'src/entry/node_command.ts', 'src/sys/addon.ts'],
    rules: { 'no-restricted-globals': ['error', ...hostGlobals] },
  },
  {
    // Pure: the same input gives the same output, whatever the machine and the time.
    files: ['src/{features,spec,plan,protocol,protobuf,json}/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...hostGlobals, { name: 'Date', message: 'a pure folder does not know the time' }],
    },
  },
  {
    // Only the entry program decides when the process ends.
    files: ['src/**/*.ts'],
    ignores: ['src/entry/**', 'src/sys/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.property.name='exit'][callee.object.callee.name='sys']",
          message: 'only src/entry/main.ts ends the process',
        },
      ],
    },
  },
);
