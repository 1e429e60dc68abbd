import tseslint from 'typescript-eslint';
import { wallRule } from './scripts/eslint/walls.js';

/** What exists on one host only: the rooms that both hosts run reach all of it through the door. */
const hostGlobals = ['console', 'process', 'Buffer', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'TextDecoder', 'TextEncoder', 'URL', 'fetch', 'globalThis'];

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
    rules: { 'tsrun/walls': 'error' },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/library/**', 'src/main.*.ts', 'src/native/addon.ts'],
    rules: { 'no-restricted-globals': ['error', ...hostGlobals] },
  },
  {
    // Only the entry program decides when the process ends.
    files: ['src/**/*.ts'],
    ignores: ['src/main.ts', 'src/main.*.ts', 'src/begin.qjs.ts', 'src/native/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: "CallExpression[callee.property.name='exit'][callee.object.callee.name='door']", message: 'only src/main.ts ends the process' },
      ],
    },
  },
);
