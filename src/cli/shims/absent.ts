/**
 * Replaces node:child_process, node:fs and node:path in the executable (scripts/bundle.mjs). commander needs them only for subcommands that
 * are separate programs, and tsrun has none.
 */
export {};
